/** Result of a POST: null on success, else the reason in a few words. */
type PostRefusal = string | null;

/**
 * Sends `body` as JSON; never throws and never takes longer than `timeoutMs`. Does not follow redirects,
 * which could send the body to someone else. `headers` may hold an authorization; the answer contains neither
 * headers nor the address.
 */
export async function postJson(
  address: string,
  body: unknown,
  {
    timeoutMs,
    headers = {},
  }: { readonly timeoutMs: number; readonly headers?: Readonly<Record<string, string>> },
): Promise<PostRefusal> {
  if (!/^https?:$/.test(protocolOf(address))) return 'the address must begin with http:// or https://';
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.ok ? null : `the server answered ${response.status}`;
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    return code === undefined ? 'the request could not be sent' : `the request could not be sent: ${code}`;
  }
}

function protocolOf(address: string): string {
  try {
    return new URL(address).protocol;
  } catch {
    return '';
  }
}
