// A port beside its PyTorch original: the triplet loss with hard mining, line by line.
//
//   class OriTripletLoss(nn.Module):
//       def __init__(self, batch_size, margin=0.3):
//           super().__init__()
//           self.ranking_loss = nn.MarginRankingLoss(margin=margin)
//
//       def forward(self, inputs, targets):
//           n = inputs.size(0)
//           dist = torch.pow(inputs, 2).sum(dim=1, keepdim=True).expand(n, n)
//           dist = dist + dist.t()
//           dist.addmm_(1, -2, inputs, inputs.t())
//           dist = dist.clamp(min=1e-12).sqrt()
//           mask = targets.expand(n, n).eq(targets.expand(n, n).t())
//           dist_ap, dist_an = [], []
//           for i in range(n):
//               dist_ap.append(dist[i][mask[i]].max().unsqueeze(0))
//               dist_an.append(dist[i][mask[i] == 0].min().unsqueeze(0))
//           dist_ap, dist_an = torch.cat(dist_ap), torch.cat(dist_an)
//           y = torch.ones_like(dist_an)
//           return self.ranking_loss(dist_an, dist_ap, y), torch.ge(dist_an, dist_ap).sum().item()
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import * as losses from '@reidgrad/losses';
import { compile } from '@reidgrad/onnx-export/compile';

export class OriTripletLoss extends torch.nn.Module {
  ranking_loss: torch.nn.MarginRankingLoss;

  constructor(_batch_size: number, margin = 0.3) {
    super();
    this.ranking_loss = new torch.nn.MarginRankingLoss({ margin });
  }

  override forward(inputs: Tensor, targets: Tensor): [Tensor, Tensor] {
    const n = inputs.size(0);
    let dist = torch.pow(inputs, 2).sum(1, true).expand(n, n);
    dist = dist.add(dist.t());
    dist.addmm_(1, -2, inputs, inputs.t());
    dist = dist.clamp({ min: 1e-12 }).sqrt();
    const mask = targets.expand(n, n).eq(targets.expand(n, n).t());
    const dist_ap: Tensor[] = [];
    const dist_an: Tensor[] = [];
    for (let i = 0; i < n; i++) {
      dist_ap.push(dist.index(i).index(mask.index(i)).max().unsqueeze(0));
      dist_an.push(dist.index(i).index(mask.index(i).eq(0)).min().unsqueeze(0));
    }
    const [ap, an] = [torch.cat(dist_ap), torch.cat(dist_an)];
    // The origin's .item() is left to the caller, so that the class can be compiled and exported.
    return [this.ranking_loss.forward(an, ap, torch.ones_like(an)), torch.ge(an, ap).sum()];
  }
}

torch.manual_seed(0);
const embeddings = torch.randn(8, 16);
const labels = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3], { dtype: torch.long });
const [ported] = new OriTripletLoss(8).forward(embeddings, labels);
const [shipped] = new losses.OriTripletLoss(8).forward(embeddings, labels);
const [compiled] = await compile(new OriTripletLoss(8))(embeddings, labels);
for (const [name, loss] of Object.entries({ ported, shipped, compiled })) console.log(name, loss.item().toFixed(5));
