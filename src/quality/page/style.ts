/** The page's style: light and dark by the reader's setting, one column on a phone, ink on white in print. */
export const style = `
:root{color-scheme:light dark;
--ground:#f4f5f7;--paper:#fff;--ink:#171a21;--muted:#545b69;--line:#d8dce4;--link:#1f4fb0;
--now:#4f7fdc;--now-line:#2b5dc2;--before:#e1e5ec;--before-line:#8b93a3;
--good:#12613a;--good-soft:#e2f3e8;--check:#734700;--check-soft:#fcf0d6;--bad:#a01c1c;--bad-soft:#fce7e5;
--ok:#3f9e68;--repaired:#4f7fdc;--flagged:#b07a10;--rejected:#cf4a43;--unknown:#858c99}
@media (prefers-color-scheme:dark){:root{
--ground:#0f1217;--paper:#181c23;--ink:#e8ebf0;--muted:#a4adbb;--line:#2e3540;--link:#8db3ff;
--now:#5f92ee;--now-line:#8db3ff;--before:#2f3743;--before-line:#7d8798;
--good:#86dba6;--good-soft:#13291d;--check:#f0c46b;--check-soft:#2d2412;--bad:#ff9f97;--bad-soft:#361b1a;
--ok:#4fae79;--repaired:#5f92ee;--flagged:#d6a23a;--rejected:#e0645c;--unknown:#7d8798}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.wrap{max-width:1180px;margin:0 auto;padding:0 20px}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--now-line);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-9999px}.skip:focus{left:12px;top:12px;background:var(--paper);padding:8px 12px;z-index:1}
h1,h2,h3,p,dl,dd,ol,ul,figure,table{margin:0}
h1{font-size:1.05rem;font-weight:600}
h2{font-size:1.2rem;font-weight:650;letter-spacing:-.01em;margin:44px 0 4px}
h3{font-size:1rem;font-weight:650}
.lead{color:var(--muted);margin-bottom:14px;max-width:75ch}
.muted{color:var(--muted)}.small{font-size:.86rem}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap}
header.top{padding-top:26px}
.who{display:flex;flex-wrap:wrap;gap:2px 14px;align-items:baseline;justify-content:space-between}
.verdict{margin-top:14px;border-radius:14px;padding:20px 22px;display:grid;grid-template-columns:auto 1fr;gap:4px 16px;align-items:center}
.verdict svg{width:44px;height:44px;grid-row:span 2;align-self:start}
.verdict.unsigned{grid-template-columns:1fr}
.verdict ul.why{padding-left:1.2em;overflow-wrap:anywhere}
.verdict .word{overflow-wrap:anywhere;font-size:1.6rem;font-weight:750;letter-spacing:-.02em;line-height:1.2}
.verdict .why{font-size:1.05rem;color:var(--ink);max-width:80ch}
.good{background:var(--good-soft);color:var(--good)}.check{background:var(--check-soft);color:var(--check)}.bad{background:var(--bad-soft);color:var(--bad)}
nav{margin-top:14px}nav ul{display:flex;flex-wrap:wrap;gap:2px 18px;padding:0;list-style:none}
nav a{display:inline-block;padding:4px 0}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:16px 18px;min-width:0}
.ledger .sum{font-size:1.15rem;font-weight:600;margin-bottom:12px}
.bar{display:flex;gap:2px;height:14px;border-radius:7px;overflow:hidden;margin-bottom:12px}
.bar i{min-width:4px}
.ledger dl{display:flex;flex-wrap:wrap;gap:8px 30px}
.ledger dt{display:flex;align-items:center;gap:7px;color:var(--muted)}
.ledger dd{font-weight:600}
.dot{width:11px;height:11px;border-radius:3px;display:inline-block;flex:none}
.c-ok{background:var(--ok)}.c-repaired{background:var(--repaired)}.c-flagged{background:var(--flagged)}.c-rejected{background:var(--rejected)}.c-unknown{background:var(--unknown)}
.findings{list-style:none;padding:4px 18px}
.findings li{padding:9px 0;display:grid;grid-template-columns:62px 1fr;gap:2px 8px;align-items:baseline;border-bottom:1px solid var(--line)}
.findings li:last-child{border-bottom:0}.findings .tag{justify-self:start}
.findings li>div{display:flex;flex-wrap:wrap;gap:0 14px;justify-content:space-between;align-items:baseline}
.findings .text{flex:1 1 24rem;max-width:84ch}.findings .place{display:inline-flex;gap:10px;align-items:baseline}
.findings li:first-child .text{font-size:1.08rem}
.tag{display:inline-block;border-radius:999px;padding:1px 9px;font-size:.78rem;font-weight:650;white-space:nowrap}
.tag.plain{background:var(--before);color:var(--ink)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:14px}
.grid.trend{grid-template-columns:repeat(auto-fill,minmax(min(100%,150px),1fr))}
@media (min-width:1000px){.grid.trend{grid-template-columns:repeat(4,1fr)}}
.runs{margin-top:14px}.trend .card{padding:12px 16px}.trend strong{font-size:1.15rem}
.head{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline;margin-bottom:8px}
.head .type{color:var(--muted);font-size:.86rem;margin-right:auto}
p.same{font-size:1.1rem}
p.says{background:none;color:var(--ink);margin:8px 0 0;border-left:3px solid var(--before-line);padding-left:10px}
.says.moderate{border-color:var(--check)}.says.severe{border-color:var(--bad)}
.plot svg{display:block;width:100%;height:auto;max-height:260px;overflow:visible}
.plot text{font-family:inherit}
.legend{display:flex;gap:16px;color:var(--muted);font-size:.86rem;margin-bottom:10px;flex-wrap:wrap}
.legend span{display:inline-flex;align-items:center;gap:6px}
.legend i{width:16px;height:11px;border-radius:2px;display:inline-block}
.legend .now{background:var(--now)}.legend .before{background:var(--before);border:1px solid var(--before-line)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:5px 12px 5px 0;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
th{font-weight:600}thead th{color:var(--muted);font-weight:500;font-size:.86rem;white-space:nowrap}
td.n,th.n{text-align:right;padding-right:0;padding-left:14px;white-space:nowrap}
.wide td.n,.wide th.n{padding:5px 22px 5px 0}
.figures{margin-top:10px;font-size:.9rem}.figures th[scope=row]{font-weight:400;color:var(--muted)}
.figures th,.figures td{padding-top:3px;padding-bottom:3px}
.figures.time td.n{white-space:normal}.nb{white-space:nowrap}
.figures th[scope=row]{overflow-wrap:break-word}
th .small{font-weight:400}td details{margin-top:0}td summary{padding:0}
caption{text-align:left;color:var(--muted);font-size:.86rem;padding-bottom:4px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
details{margin-top:10px}summary{cursor:pointer;color:var(--link);padding:4px 0;font-size:.9rem}
details .figures{margin-top:4px}
@media (min-width:701px){.names th[scope=row]{min-width:9em}.names td:not(.n){min-width:7em}}
.grid.slices{margin-top:14px}
.fold>.grid,.fold>dl{margin-top:10px}
.meter{display:inline-block;width:70px;height:8px;border-radius:4px;background:var(--before);overflow:hidden;vertical-align:middle;margin-left:8px}
.meter i{display:block;height:100%;background:var(--now)}.meter.idle i{background:var(--before-line)}
.psi{white-space:nowrap}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px}
.facts dt{color:var(--muted)}
footer.wrap{padding-top:30px;padding-bottom:34px;color:var(--muted);font-size:.86rem}
@media (min-width:701px){.unit{display:none}}
@media (max-width:700px){
section[aria-labelledby=front] text{font-size:20px}
.wrap{padding:0 14px}h2{margin-top:34px}
.verdict{padding:16px;gap:4px 12px}.verdict svg{width:34px;height:34px}.verdict .word{font-size:1.35rem}
.facts{grid-template-columns:minmax(5em,max-content) 1fr;gap:4px 12px}.fold .facts{grid-template-columns:1fr;gap:0}.fold .facts dd{margin-bottom:8px}
.short.stack tr{padding:7px 0}nav ul{gap:0 14px}h2{margin-top:24px}.lead{margin-bottom:10px}.card{padding:12px 14px}.legend{margin-bottom:6px}.trend .card{padding:8px 12px}footer.wrap{padding:16px 14px}
.stack,.stack caption,.stack tbody,.stack tr,.stack td,.stack th{display:block}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack tr{border-bottom:1px solid var(--line);padding:10px 0}.stack tr:last-child{border-bottom:0}
.stack td,.stack th[scope=row]{border:0;padding:1px 0}
.stack td.n,.wide.stack td.n{text-align:left;white-space:normal;padding:1px 0}
.stack td[data-label]>*{justify-self:start}
.stack td[data-label]{display:grid;grid-template-columns:7.5em 1fr;gap:10px}
.stack td[data-label]:before{content:attr(data-label);color:var(--muted)}
.short.stack tr{display:flex;flex-wrap:wrap;gap:0 12px;align-items:baseline}
.short.stack th[scope=row]{flex:0 1 auto;max-width:100%}
.short.stack td[data-label]{display:inline-flex;gap:5px;flex:0 1 auto;max-width:100%}
.short.stack td[data-label]:before{flex:none}
.short.stack td.n{white-space:nowrap}
.short.stack td[data-label="What happened"]{flex-direction:column;gap:2px}
.short.stack td[data-label="What happened"],.short.stack td[data-label="Where first"]{flex:1 1 100%}
.short.stack td[data-label="Times"]:before,.short.stack td[data-label="Column"]:before,.short.stack td[data-label="Outcome"]:before,.short.stack td[data-label="Drift"]:before,.short.stack td[data-label="State"]:before,.short.stack td[data-label="Problem"]:before,.short.stack td[data-label="What happened"]:before,.short.stack td[data-label="Where first"]:before,.short.stack td[data-label="Of the rows"]:before{content:none}
}
@media print{
:root{color-scheme:light;--ground:#fff;--paper:#fff;--ink:#000;--muted:#444;--line:#bbb;--link:#000;
--now:#4f7fdc;--now-line:#2b5dc2;--before:#e1e5ec;--before-line:#8b93a3;
--good:#0b4a2b;--good-soft:#eef7f1;--check:#5c3900;--check-soft:#fdf6e6;--bad:#7d1515;--bad-soft:#fdf0ef;
--ok:#3f9e68;--repaired:#4f7fdc;--flagged:#b07a10;--rejected:#cf4a43;--unknown:#858c99}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:10.5pt}nav,.skip{display:none}.wrap{max-width:none;padding:0}
.card:not(.long),.findings li,tr{break-inside:avoid}h2,h3{break-after:avoid}
.grid{grid-template-columns:1fr 1fr}
details::details-content{content-visibility:visible;display:block}summary{display:none}
}`;
