/** The look of the reference: light and dark as the reader's system has it, nothing loaded from anywhere. */
export const style = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1f2937;--dim:#5b6472;--line:#e2e6ea;--panel:#f6f8f9;--accent:#0f766e;--link:#0f766e}
@media (prefers-color-scheme:dark){:root{--bg:#10161a;--fg:#e5e9ec;--dim:#9aa6b0;--line:#2a343b;--panel:#182127;--accent:#2dd4bf;--link:#2dd4bf}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.55 system-ui,sans-serif}
a{color:var(--link)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.page{display:grid;grid-template-columns:290px minmax(0,1fr);max-width:1280px;margin:0 auto}
nav{position:sticky;top:0;height:100vh;overflow-y:auto;padding:20px 16px;border-inline-end:1px solid var(--line)}
nav h2{font-size:13px;margin:18px 0 4px;color:var(--dim)}
nav ul{list-style:none;margin:0;padding:0}
nav a{display:block;padding:2px 6px;border-radius:6px;text-decoration:none;color:var(--fg);overflow-wrap:anywhere}
nav a:hover,nav a:focus-visible{background:var(--panel)}
nav input{width:100%;padding:8px 10px;border:1px solid var(--line);border-radius:8px;background:var(--bg);color:var(--fg);font:inherit}
main{padding:24px 32px 80px;min-width:0}
h1{margin:0 0 4px}
section>h2{margin-top:48px;border-bottom:1px solid var(--line);padding-bottom:6px}
article{padding:16px 0 24px;overflow-x:auto;border-bottom:1px solid var(--line)}
article h3{margin:0 0 6px;font-size:17px}
.route{margin:0 0 8px}
.method{display:inline-block;min-width:58px;font-weight:700;color:var(--accent)}
.facts,.dim{color:var(--dim)}
table{border-collapse:collapse;width:100%;margin:6px 0 12px}
th,td{text-align:start;vertical-align:top;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th,td:first-child{white-space:nowrap;overflow-wrap:normal}
th{font-weight:600;color:var(--dim);font-size:13px}
h4{margin:14px 0 2px;font-size:14px}
summary{cursor:pointer;color:var(--link)}
[hidden]{display:none}
@media (max-width:860px){.page{display:block}nav{position:static;height:auto;border:0;border-bottom:1px solid var(--line)}nav ul,nav h2{display:none}main{padding:20px 16px 60px}td,td:first-child{overflow-wrap:break-word;white-space:normal}td:first-child{overflow-wrap:anywhere;min-width:7em}}
@media print{nav{display:none}.page{display:block}}
`

/** Filters operations by the words typed into the search field. */
export const script = `
const field=document.querySelector('input[type=search]');
const items=[...document.querySelectorAll('[data-words]')];
const groups=[...document.querySelectorAll('[data-group]')];
const status=document.querySelector('[role=status]');
field.addEventListener('input',()=>{
  const words=field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count=0;
  for(const item of items){
    item.hidden=!words.every((word)=>item.dataset.words.includes(word));
    if(!item.hidden&&item.tagName==='ARTICLE')count++;
  }
  for(const group of groups)group.hidden=![...group.querySelectorAll('[data-words]')].some((item)=>!item.hidden);
  status.textContent=words.length?count+' found':'';
});
`
