"""The losses of the five seed documents, as their authors' code computes them, in PyTorch so that gradients exist.

TensorFlow and numpy code is restated with its rules at ties: reduce_max and reduce_min share the gradient evenly
(amax, amin), and maximum(x, 0) sends it to x (`maximum_zero`). Functions take (embeddings, labels) in the order of
their origin and compute in the dtype of the embeddings.
"""

import torch
from torch import nn

from golden import MarginRankingLoss, clamp


def maximum_zero(x):
    return torch.where(x >= 0, x, torch.clamp(x.detach(), min=0))


# Seed 2: the cross-modality baseline. Only the deprecated positional addmm_ is spelled the modern way, and clamp and
# the ranking loss have the gradient at the bound that golden.py chooses.


class OriTripletLoss(nn.Module):
    def __init__(self, batch_size, margin=0.3):
        super().__init__()
        self.margin = margin
        self.ranking_loss = MarginRankingLoss(margin=margin)

    def forward(self, inputs, targets):
        n = inputs.size(0)
        dist = torch.pow(inputs, 2).sum(dim=1, keepdim=True).expand(n, n)
        dist = dist + dist.t()
        dist.addmm_(inputs, inputs.t(), beta=1, alpha=-2)
        dist = clamp(dist, min=1e-12).sqrt()
        mask = targets.expand(n, n).eq(targets.expand(n, n).t())
        dist_ap, dist_an = [], []
        for i in range(n):
            dist_ap.append(dist[i][mask[i]].max().unsqueeze(0))
            dist_an.append(dist[i][mask[i] == 0].min().unsqueeze(0))
        dist_ap = torch.cat(dist_ap)
        dist_an = torch.cat(dist_an)
        y = torch.ones_like(dist_an)
        loss = self.ranking_loss(dist_an, dist_ap, y)
        correct = torch.ge(dist_an, dist_ap).sum().item()
        return loss, correct


def softmax_weights(dist, mask):
    max_v = torch.max(dist * mask, dim=1, keepdim=True)[0]
    diff = dist - max_v
    Z = torch.sum(torch.exp(diff) * mask, dim=1, keepdim=True) + 1e-6
    W = torch.exp(diff) * mask / Z
    return W


def normalize(x, axis=-1):
    return 1.0 * x / (torch.norm(x, 2, axis, keepdim=True).expand_as(x) + 1e-12)


class TripletLoss_WRT(nn.Module):
    def __init__(self):
        super().__init__()
        self.ranking_loss = nn.SoftMarginLoss()

    def forward(self, inputs, targets, normalize_feature=False):
        if normalize_feature:
            inputs = normalize(inputs, axis=-1)
        dist_mat = pdist_torch(inputs, inputs)
        N = dist_mat.size(0)
        is_pos = targets.expand(N, N).eq(targets.expand(N, N).t()).float()
        is_neg = targets.expand(N, N).ne(targets.expand(N, N).t()).float()
        dist_ap = dist_mat * is_pos
        dist_an = dist_mat * is_neg
        weights_ap = softmax_weights(dist_ap, is_pos)
        weights_an = softmax_weights(-dist_an, is_neg)
        furthest_positive = torch.sum(dist_ap * weights_ap, dim=1)
        closest_negative = torch.sum(dist_an * weights_an, dim=1)
        y = furthest_positive.new().resize_as_(furthest_positive).fill_(1)
        loss = self.ranking_loss(closest_negative - furthest_positive, y)
        correct = torch.ge(closest_negative, furthest_positive).sum().item()
        return loss, correct


def pdist_torch(emb1, emb2):
    m, n = emb1.shape[0], emb2.shape[0]
    emb1_pow = torch.pow(emb1, 2).sum(dim=1, keepdim=True).expand(m, n)
    emb2_pow = torch.pow(emb2, 2).sum(dim=1, keepdim=True).expand(n, m).t()
    dist_mtx = emb1_pow + emb2_pow
    dist_mtx = dist_mtx.addmm_(emb1, emb2.t(), beta=1, alpha=-2)
    return clamp(dist_mtx, min=1e-12).sqrt()


def pdist_np(emb1, emb2):
    """Squared and unclamped, as the numpy original."""
    return -2 * emb1 @ emb2.t() + (emb1**2).sum(1)[:, None] + (emb2**2).sum(1)[None, :]


# Seeds 0 and 4: batch-all and batch-hard. Seed 4 clamps the squared distances at 0, seed 0 does not.


def pairwise_distances(embeddings, squared=False, clamp=True):
    dot_product = embeddings @ embeddings.t()
    square_norm = torch.diag(dot_product)
    distances = square_norm[:, None] - 2.0 * dot_product + square_norm[None, :]
    if clamp:
        distances = maximum_zero(distances)
    if not squared:
        mask = (distances == 0).to(distances.dtype)
        distances = torch.sqrt(distances + mask * 1e-16)
        distances = distances * (1.0 - mask)
    return distances


def get_triplet_mask(labels):
    distinct = ~torch.eye(len(labels), dtype=torch.bool)
    distinct = distinct[:, :, None] & distinct[:, None, :] & distinct[None, :, :]
    equal = labels[None, :] == labels[:, None]
    return distinct & equal[:, :, None] & ~equal[:, None, :]


def get_anchor_positive_triplet_mask(labels):
    return ~torch.eye(len(labels), dtype=torch.bool) & (labels[None, :] == labels[:, None])


def get_anchor_negative_triplet_mask(labels):
    return labels[None, :] != labels[:, None]


def batch_all_triplet_loss(labels, embeddings, margin, squared=False, clamp=True):
    distances = pairwise_distances(embeddings, squared, clamp)
    mask = get_triplet_mask(labels).to(distances.dtype)
    triplets = (distances[:, :, None] - distances[:, None, :] + margin) * mask
    triplets = maximum_zero(triplets)
    positive = (triplets > 1e-16).to(distances.dtype).sum()
    return triplets.sum() / (positive + 1e-16), positive / (mask.sum() + 1e-16)


def batch_hard_triplet_loss(labels, embeddings, margin, squared=False, clamp=True):
    distances = pairwise_distances(embeddings, squared, clamp)
    positive = get_anchor_positive_triplet_mask(labels).to(distances.dtype)
    hardest_positive = (positive * distances).amax(1, keepdim=True)
    negative = get_anchor_negative_triplet_mask(labels).to(distances.dtype)
    row_max = distances.amax(1, keepdim=True)
    hardest_negative = (distances + row_max * (1.0 - negative)).amin(1, keepdim=True)
    return maximum_zero(hardest_positive - hardest_negative + margin).mean()


# Seed 1: the FaceNet hinge over given triplets. The code takes the mean; its formula says sum.


def triplet_loss(anchor, positive, negative, alpha, reduction="mean"):
    pos_dist = (anchor - positive).square().sum(1)
    neg_dist = (anchor - negative).square().sum(1)
    basic = maximum_zero(pos_dist - neg_dist + alpha)
    return basic.mean() if reduction == "mean" else basic.sum()


def unstack_triplets(embeddings):
    return embeddings.reshape(-1, 3, embeddings.shape[1]).unbind(1)


# Seed 3: TensorFlow Addons.


def tfa_pairwise_distance(feature, squared):
    norms = feature.square().sum(1, keepdim=True)
    distances = maximum_zero(norms + norms.t() - 2.0 * feature @ feature.t())
    error_mask = distances <= 0
    if not squared:
        distances = torch.sqrt(distances + error_mask.to(feature.dtype) * 1e-16)
    distances = distances * (~error_mask).to(feature.dtype)
    return distances * (1.0 - torch.eye(len(feature), dtype=feature.dtype))


def tfa_angular_distance(feature):
    # l2_normalize multiplies by rsqrt(max(sum of squares, 1e-12)).
    feature = feature * torch.rsqrt(clamp(feature.square().sum(1, keepdim=True), min=1e-12))
    return maximum_zero(1 - feature @ feature.t())


def tfa_distances(feature, metric):
    if metric == "angular":
        return tfa_angular_distance(feature)
    return tfa_pairwise_distance(feature, squared=metric == "squared-L2")


def masked_maximum(data, mask):
    lowest = data.amin(1, keepdim=True)
    return ((data - lowest) * mask).amax(1, keepdim=True) + lowest


def masked_minimum(data, mask):
    highest = data.amax(1, keepdim=True)
    return ((data - highest) * mask).amin(1, keepdim=True) + highest


def triplet_hard_loss(labels, embeddings, margin=1.0, soft=False, distance_metric="L2"):
    distances = tfa_distances(embeddings, distance_metric)
    adjacency = labels[:, None] == labels[None, :]
    dtype = embeddings.dtype
    hard_negatives = masked_minimum(distances, (~adjacency).to(dtype))
    positives = adjacency.to(dtype) - torch.eye(len(labels), dtype=dtype)
    hard_positives = masked_maximum(distances, positives)
    if soft:
        return torch.log1p(torch.exp(hard_positives - hard_negatives)).mean()
    return maximum_zero(hard_positives - hard_negatives + margin).mean()


def triplet_semihard_loss(labels, embeddings, margin=1.0, distance_metric="L2"):
    distances = tfa_distances(embeddings, distance_metric)
    n = len(labels)
    dtype = embeddings.dtype
    adjacency = labels[:, None] == labels[None, :]
    tiled = distances.tile((n, 1))
    mask = (~adjacency).tile((n, 1)) & (tiled > distances.t().reshape(-1, 1))
    mask_final = (mask.to(dtype).sum(1, keepdim=True) > 0).reshape(n, n).t()
    outside = masked_minimum(tiled, mask.to(dtype)).reshape(n, n).t()
    inside = masked_maximum(distances, (~adjacency).to(dtype)).tile((1, n))
    semi_hard = torch.where(mask_final, outside, inside)
    loss_mat = margin + distances - semi_hard
    positives = adjacency.to(dtype) - torch.eye(n, dtype=dtype)
    return maximum_zero(loss_mat * positives).sum() / positives.sum()
