import { nn } from '@reidgrad/core';
import { badArgument, requireCount } from '@reidgrad/core/graph';

/**
 * The batch norm of a BNNeck (Luo et al., "Bag of Tricks", 2019): its bias stays 0 and is not trained. Triplet losses
 * take the features before it, cross-entropy and the search those after it.
 * @param features length of the features [N, features].
 */
export function bnneck(features: number): nn.BatchNorm1d {
  requireCount('bnneck', 'features', features);
  const norm = new nn.BatchNorm1d(features);
  norm.bias?.requires_grad_(false);
  return norm;
}

/** Draws the weight of a classifier as the origins do: normal with standard deviation 0.001. */
export function weights_init_classifier(classifier: nn.Linear): void {
  if (!(classifier instanceof nn.Linear)) {
    throw badArgument('weights_init_classifier', 'classifier', classifier, 'an nn.Linear');
  }
  nn.init.normal_(classifier.weight, 0, 0.001);
}
