#!/bin/sh
# Scores yesterday, for cron:
#   15 2 * * *  MAILTO=data@example.com /opt/nightshift/nightly.sh /opt/nightshift/jobs/flight-delay.yaml
# One run at a time, a log for each day, and a mail when a person must act. Exit codes as those of nightshift.
set -u
# cron knows only /usr/bin and /bin; npm installs programs elsewhere.
PATH=$PATH:/usr/local/bin
job=$1
name=$(basename "$job" .yaml)
logs=${NIGHTSHIFT_LOGS:-/var/log/nightshift}
mkdir -p "$logs"
log=$logs/$name-$(date +%F).log

exec 9> "$logs/$name.lock"
flock --nonblock 9 || { echo "$name is still running" >&2; exit 5; }

nightshift run "$job" --date yesterday > "$log.line" 2>> "$log"
code=$?
case $code in
  0 | 99 | 130 | 143) ;;
  *)
    { tail -n 1 "$log.line"; echo; tail -n 20 "$log"; } |
      ${NIGHTSHIFT_MAIL:-mail} -s "nightshift $name: exit $code" "${MAILTO:-root}"
    ;;
esac
exit $code
