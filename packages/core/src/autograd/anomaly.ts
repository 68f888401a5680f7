import { isFloating } from '../dtype.js';
import { isfinite } from '../functions/pointwise.js';
import type { Tensor } from '../tensor.js';
import { check } from '../trace/check.js';
import { originText } from '../trace/origin.js';
import { recorder } from '../trace/recorder.js';
import { is_anomaly_enabled } from './anomaly-mode.js';
import { no_grad } from './mode.js';
import type { TapeNode } from './tape.js';

const guardKey = {};

/** While detecting anomalies: throws where `grad`, the gradient of input `nr` of `node`, is not finite. */
export function checkGradient(node: TapeNode, nr: number, grad: Tensor): void {
  const enabled = is_anomaly_enabled();
  recorder()?.guard(guardKey, 'detect_anomaly', {
    holds: () => is_anomaly_enabled() === enabled,
    describe: () => `detect_anomaly was ${String(enabled)} and is now ${String(!enabled)}`,
  });
  if (!enabled || !isFloating(grad.dtype)) return;
  const place = node.madeAt === null ? '' : `, called at ${originText(node.madeAt)}`;
  const module = node.origin === '' ? '' : ` in ${node.origin}`;
  no_grad(() =>
    check(
      isfinite(grad),
      ([first]) =>
        `backward: ${node.name}${module} gave a NaN or infinite gradient for its input ${nr}, first at element ${first}${place}`,
    ),
  );
}
