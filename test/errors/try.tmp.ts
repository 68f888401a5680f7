import * as torch from '@reidgrad/core';
const F: any = torch.nn.functional;
const nn: any = torch.nn;
const x = torch.ones([2, 3]);
const tries: Record<string, () => unknown> = {
  elu: () => new nn.ELU('a').forward(x),
  elu2: () => new nn.ELU({ alpha: 'a' }).forward(x),
  leaky: () => new nn.LeakyReLU('a').forward(x),
  softplus: () => new nn.Softplus('a').forward(x),
  soft2: () => new nn.Softplus({ beta: 'a' }).forward(x),
  threshold: () => new nn.Threshold('a', 1).forward(x),
  pd: () => new nn.PairwiseDistance('a').forward(x, x),
  pd2: () => new nn.PairwiseDistance({ p: 'a' }).forward(x, x),
  relu: () => new nn.ReLU('a').forward(x),
  hard: () => new nn.Hardtanh('a', 'b'),
  celu: () => new nn.Softmax2d('a'),
  felu: () => F.elu(x, { alpha: 'a' }),
  fl: () => F.leaky_relu(x, { negative_slope: 'a' }),
  fs: () => F.softplus(x, { beta: 'a' }),
  fs2: () => F.softplus(x, { threshold: 'a' }),
  fp: () => F.pairwise_distance(x, x, { p: 'a' }),
  fpe: () => F.pairwise_distance(x, x, { eps: 'a' }),
  fn: () => F.normalize(x, { eps: 'a' }),
  fn1: () => F.normalize(x, { p: 'a' }),
  hub: () => F.huber_loss(x, x, { delta: 'a' }),
  ln: () => F.layer_norm(x, [3], { eps: 'a' }),
  bn: () => F.batch_norm(x, null, null, { training: true, eps: 'a' }),
  dr: () => F.dropout(x, { p: 'a' }),
};
for (const [n, f] of Object.entries(tries)) {
  try {
    const r: any = f();
    console.log(
      n,
      '!! accepted',
      String(r?.constructor?.name),
      r instanceof torch.Tensor ? JSON.stringify(r.tolist()).slice(0, 60) : '',
    );
  } catch (e: any) {
    console.log(n, '|', e.constructor.name === 'CallError' ? '' : e.constructor.name, e.message.slice(0, 200));
  }
}
