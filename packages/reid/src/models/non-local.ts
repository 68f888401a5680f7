import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireChoice } from '@reidgrad/core/graph';

/** The two forms of {@link Non_local}, which differ in size and in one parameter name. */
export type NonLocalForm = 'agw' | 'cross-modal';

/**
 * A non-local block (Wang et al., "Non-local Neural Networks", 2018), dot-product form: every position adds what all
 * positions hold, weighted by how alike they are. [N, C, H, W] to the same shape. It starts as the identity: the batch
 * norm at its end has weight 0.
 *
 * Two forms, as checkpoints need them:
 * * `'agw'` (ReID-Survey): one inner channel, since the origin divides `reduc_ratio` by itself; `g` is a convolution.
 * * `'cross-modal'` (Cross-Modal-Re-ID-baseline): `in_channels / reduc_ratio` inner channels; `g` is a Sequential.
 * @throws for another form.
 */
export class Non_local extends nn.Module<[Tensor], Tensor> {
  readonly inter_channels: number;
  g: nn.Conv2d | nn.Sequential;
  W: nn.Sequential;
  theta: nn.Conv2d;
  phi: nn.Conv2d;

  constructor(
    readonly in_channels: number,
    options: { form: NonLocalForm; reduc_ratio?: number },
  ) {
    super();
    const { form, reduc_ratio = 2 } = options;
    requireChoice('Non_local', 'form', form, 'agw cross-modal');
    this.inter_channels = form === 'agw' ? 1 : Math.floor(in_channels / reduc_ratio);
    const inner = (): nn.Conv2d => new nn.Conv2d(in_channels, this.inter_channels, 1);
    const norm = new nn.BatchNorm2d(in_channels);
    this.g = form === 'agw' ? inner() : new nn.Sequential(inner());
    this.W = new nn.Sequential(new nn.Conv2d(this.inter_channels, in_channels, 1), norm);
    if (norm.weight !== null) nn.init.zeros_(norm.weight);
    this.theta = inner();
    this.phi = inner();
  }

  override forward(x: Tensor): Tensor {
    const [, , height, width] = x.shape;
    const values = this.g.forward(x).flatten(2).transpose(1, 2);
    const queries = this.theta.forward(x).flatten(2).transpose(1, 2);
    const keys = this.phi.forward(x).flatten(2);
    const likeness = queries.matmul(keys).div(height * width);
    const gathered = likeness.matmul(values).transpose(1, 2);
    return this.W.forward(gathered.reshape(-1, this.inter_channels, height, width)).add(x);
  }

  override extra_repr(): string {
    return `${this.in_channels}, inter_channels=${this.inter_channels}`;
  }
}

/** Runs the blocks of a stage; the non-local blocks follow its last blocks, one each. */
export function stageWithNonLocal(stage: nn.Sequential, nonLocal: nn.ModuleList<Non_local>, x: Tensor): Tensor {
  const first = stage.length - nonLocal.length;
  let out = x;
  for (let i = 0; i < stage.length; i++) {
    out = stage.at(i).forward(out);
    if (i >= first) out = nonLocal.at(i - first).forward(out);
  }
  return out;
}

/** Non-local blocks of the four stages, for stages of these output channels. */
export function nonLocalStages(
  channels: readonly number[],
  counts: readonly number[],
  form: NonLocalForm,
): nn.ModuleList<Non_local>[] {
  return channels.map(
    (count, i) => new nn.ModuleList(Array.from({ length: counts[i] }, () => new Non_local(count, { form }))),
  );
}
