import * as torch from '@reidgrad/core';
import { argumentLists } from './garbage.js';
const spaces: Record<string, object> = {
  torch,
  'torch.nn.functional': torch.nn.functional,
  'torch.nn.init': torch.nn.init,
  'torch.nn.utils': torch.nn.utils,
  'torch.linalg': torch.linalg,
  'torch.optim.lr_scheduler': torch.optim.lr_scheduler,
  'torch.optim': torch.optim,
  'torch.utils.data': torch.utils.data,
};
const seen = new Map<string, Set<string>>();
const add = (k: string, v: string) => {
  if (!seen.has(k)) seen.set(k, new Set());
  seen.get(k)!.add(v);
};
const skip = /^(set_|check$|manual_seed|is_|get_|sync$|no_grad|enable_grad|Tensor$|Generator|slice)/;
const t0 = Date.now();
let n = 0;
for (const [space, holder] of Object.entries(spaces))
  for (const [name, fn] of Object.entries(holder)) {
    if (typeof fn !== 'function' || skip.test(name)) continue;
    const cls = /^class\b/.test(Function.prototype.toString.call(fn));
    for (const [title, make] of argumentLists()) {
      n++;
      try {
        if (cls) {
          new (fn as any)(...make());
        } else (fn as any)(...make());
      } catch (e: any) {
        const m = String(e.message);
        const own = name.replace(/_$/, '');
        const raw = e.constructor.name !== 'CallError';
        if (raw) add(`${space}.${name}`, `RAW ${e.constructor.name} ${m.slice(0, 110)}   <- (${title})`);
        else if (!(
          m.startsWith(own + ':') ||
          m.startsWith(name + ':') ||
          m.startsWith('linalg.' + name + ':') ||
          m.startsWith(name + '[')
        ))
          add(`${space}.${name}`, `OTHER ${m.slice(0, 130)}   <- (${title})`);
        else if (/NaN\b.*expected.*NaN|undefined\[|\[object|expected .*(undefined|NaN)/.test(m))
          add(`${space}.${name}`, `ODD ${m.slice(0, 160)}   <- (${title})`);
      }
    }
  }
for (const [k, v] of seen) {
  console.log('#', k, v.size);
  const firsts = new Map<string, string>();
  for (const x of v) {
    const key = x.split('   <-')[0].replace(/\d+/g, '0');
    if (!firsts.has(key)) firsts.set(key, x);
  }
  let c = 0;
  for (const x of firsts.values()) {
    if (c++ > 5) break;
    console.log('   ', x);
  }
}
console.log(n, 'calls', Date.now() - t0, 'ms');
