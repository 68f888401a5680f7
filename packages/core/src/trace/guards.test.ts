import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { compileWith, interpreter } from './compiled.js';

const { nn, optim } = torch;

/** A function, a change that its trace must notice, the way back, and what `explain()` must say of both. */
interface Case {
  name: string;
  make: () => {
    fn: () => torch.Tensor;
    change: () => void;
    back: () => void;
    says: RegExp;
    /** Graphs in the end, where going back does not restore everything. Default 2. */
    graphs?: number;
  };
}

const x = torch.tensor([
  [1, -2, 3],
  [0.5, 4, -1],
]);

function linear(): torch.nn.Linear {
  torch.manual_seed(0);
  return new nn.Linear(3, 2);
}

/** A training step of a linear layer that returns the weight after the step. */
function trainer(make: (params: torch.Tensor[]) => torch.optim.SGD | torch.optim.Adam) {
  const model = linear();
  const optimizer = make(model.parameters());
  const fn = (): torch.Tensor => {
    model.zero_grad();
    const loss = model.forward(x).square().sum();
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, optimizer, fn };
}

class Margin extends nn.Module<[torch.Tensor], torch.Tensor> {
  margin = 0.3;
  metric: string = 'sum';
  override forward(input: torch.Tensor): torch.Tensor {
    const shifted = input.add(this.margin);
    return this.metric === 'sum' ? shifted.sum() : shifted.mean();
  }
}

const cases: Case[] = [
  {
    name: 'training of a module',
    make: () => {
      const model = new nn.Sequential(linear(), new nn.BatchNorm1d(2));
      return {
        fn: () => model.forward(x),
        change: () => model.eval(),
        back: () => model.train(),
        says: /training of \S+ was true and is now false/,
      };
    },
  },
  {
    name: 'training of a module inside another',
    make: () => {
      const norm = new nn.BatchNorm1d(2);
      const model = new nn.Sequential(linear(), norm);
      return {
        fn: () => model.forward(x),
        change: () => norm.eval(),
        back: () => norm.train(),
        says: /training of 1 was true and is now false/,
      };
    },
  },
  {
    name: 'requires_grad of a captured leaf',
    make: () => {
      const model = linear();
      return {
        fn: () => {
          model.zero_grad();
          model.forward(x).sum().backward();
          return model.weight.grad ?? torch.zeros(1);
        },
        change: () => model.weight.requires_grad_(false),
        back: () => model.weight.requires_grad_(true),
        says: /requires_grad of .* was true/,
      };
    },
  },
  {
    name: 'a null .grad that is a tensor now, and back',
    make: () => {
      const w = torch.tensor([1, 2], { requires_grad: true });
      return {
        fn: () => (w.grad === null ? w.mul(2).sum() : w.grad.sum()),
        change: () => (w.grad = torch.tensor([3, 4])),
        back: () => (w.grad = null),
        says: /a \.grad was null and is a tensor now/,
      };
    },
  },
  {
    name: 'a .grad that is null now, and back',
    make: () => {
      const w = torch.tensor([1, 2], { requires_grad: true });
      w.grad = torch.tensor([3, 4]);
      return {
        fn: () => (w.grad === null ? w.mul(2).sum() : w.grad.sum()),
        change: () => (w.grad = null),
        back: () => (w.grad = torch.tensor([5, 6])),
        says: /a \.grad was float32\[2\] and is now null/,
      };
    },
  },
  {
    name: 'which tensor a module field holds',
    make: () => {
      const model = linear();
      const first = model.weight;
      return {
        fn: () => model.forward(x),
        change: () => (model.weight = new nn.Parameter(torch.ones(2, 3))),
        back: () => (model.weight = first),
        says: /weight of Linear was replaced by another/,
      };
    },
  },
  {
    name: 'which module a field holds',
    make: () => {
      class Net extends nn.Module<[torch.Tensor], torch.Tensor> {
        body: torch.nn.Linear = linear();
        override forward(input: torch.Tensor): torch.Tensor {
          return this.body.forward(input);
        }
      }
      const net = new Net();
      const first = net.body;
      return {
        fn: () => net.forward(x),
        change: () => {
          torch.manual_seed(5);
          net.body = new nn.Linear(3, 2);
        },
        back: () => (net.body = first),
        says: /body of Net was replaced/,
      };
    },
  },
  {
    name: 'a number in a module field',
    make: () => {
      const loss = new Margin();
      return {
        fn: () => loss.forward(x),
        change: () => (loss.margin = 0.5),
        back: () => (loss.margin = 0.3),
        says: /margin of Margin was 0\.3 and is now 0\.5/,
      };
    },
  },
  {
    name: 'p of dropout',
    make: () => {
      const drop = new nn.Dropout(0.5);
      const seeded = (): torch.Tensor => drop.forward(x);
      return {
        fn: seeded,
        change: () => (drop.p = 0),
        back: () => (drop.p = 0.5),
        says: /p of Dropout was 0\.5 and is now 0/,
      };
    },
  },
  {
    name: 'a string in a module field',
    make: () => {
      const loss = new Margin();
      return {
        fn: () => loss.forward(x),
        change: () => (loss.metric = 'mean'),
        back: () => (loss.metric = 'sum'),
        says: /metric of Margin was sum and is now mean/,
      };
    },
  },
  {
    name: 'forward hooks of a module',
    make: () => {
      const model = linear();
      let handle = { remove: (): void => undefined };
      return {
        fn: () => model.forward(x),
        change: () => (handle = model.register_forward_hook((_, __, out) => out.mul(2))),
        back: () => handle.remove(),
        says: /number of forward hooks of Linear was 0 and is now 1/,
      };
    },
  },
  {
    name: 'hooks of a leaf',
    make: () => {
      const w = torch.tensor([1, 2], { requires_grad: true });
      let handle = { remove: (): void => undefined };
      return {
        fn: () => {
          w.grad = null;
          w.square().sum().backward();
          return (w.grad as torch.Tensor | null) ?? torch.zeros(1);
        },
        change: () => (handle = w.register_hook((grad) => grad.mul(10))),
        back: () => handle.remove(),
        says: /hooks of a leaf were 0 and are now 1/,
      };
    },
  },
  {
    name: 'dtype of a captured tensor',
    make: () => {
      const w = torch.tensor([1, 2]);
      const convert = (dtype: torch.DType): void => void (w.cell.value = w.to(dtype).read());
      return {
        fn: () => w.mul(0.1),
        change: () => convert('float64'),
        back: () => convert('float32'),
        says: /was float32\[2\] and is now float64\[2\]/,
      };
    },
  },
  {
    name: 'momentum from 0',
    make: () => {
      const { fn, optimizer } = trainer((params) => new optim.SGD(params, { lr: 0.01, momentum: 0.9 }));
      const [group] = optimizer.param_groups as torch.optim.SGDGroup[];
      group.momentum = 0;
      return {
        fn,
        change: () => (group.momentum = 0.9),
        back: () => (group.momentum = 0),
        says: /momentum being 0 of SGD was true and is now false/,
      };
    },
  },
  {
    name: 'weight decay from 0',
    make: () => {
      const { fn, optimizer } = trainer((params) => new optim.Adam(params, { lr: 0.01 }));
      const [group] = optimizer.param_groups;
      return {
        fn,
        change: () => (group.weight_decay = 0.1),
        back: () => (group.weight_decay = 0),
        says: /weight_decay being 0 of Adam was true and is now false/,
      };
    },
  },
  {
    name: 'nesterov',
    make: () => {
      const { fn, optimizer } = trainer((params) => new optim.SGD(params, { lr: 0.01, momentum: 0.9 }));
      const [group] = optimizer.param_groups as torch.optim.SGDGroup[];
      return {
        fn,
        change: () => (group.nesterov = true),
        back: () => (group.nesterov = false),
        says: /nesterov of SGD was false and is now true/,
      };
    },
  },
  {
    name: 'parameters of a group',
    make: () => {
      const { fn, model, optimizer } = trainer((params) => new optim.SGD(params, { lr: 0.01 }));
      const [group] = optimizer.param_groups;
      return {
        fn,
        change: () => group.params.pop(),
        back: () => group.params.push(model.parameters()[1]),
        says: /the parameters of group 0 of SGD changed/,
        // The one that was out has made fewer steps, so the two no longer share their step count.
        graphs: 3,
      };
    },
  },
  {
    name: 'number of groups',
    make: () => {
      const { fn, optimizer } = trainer((params) => new optim.SGD(params.slice(0, 1), { lr: 0.01 }));
      return {
        fn,
        change: () => optimizer.add_param_group({ params: [torch.zeros(1).requires_grad_()] }),
        back: () => optimizer.param_groups.pop(),
        says: /number of groups of SGD was 1 and is now 2/,
      };
    },
  },
];

describe('guards', () => {
  it.each(cases)('notices $name, and takes the old graph when it is changed back', async ({ make }) => {
    const { fn, change, back, says, graphs = 2 } = make();
    // The twin goes through the same calls eagerly: what a stale graph would compute differs.
    const twin = make();
    const compiled = compileWith(fn, interpreter, { name: 'fn' });
    const compare = async (): Promise<void> => {
      torch.manual_seed(1);
      const got = await compiled();
      torch.manual_seed(1);
      expect(got.tolist()).toEqual(twin.fn().tolist());
    };
    await compare();
    await compare();
    expect(compiled.graphs).toHaveLength(1);
    expect(compiled.explain()).toEqual([expect.stringMatching(/^traced: first call/)]);
    change();
    twin.change();
    await compare();
    expect(compiled.graphs).toHaveLength(2);
    expect(compiled.explain()[1]).toMatch(/^retraced: /);
    expect(compiled.explain()[1]).toMatch(says);
    back();
    twin.back();
    await compare();
    await compare();
    expect(compiled.graphs).toHaveLength(graphs);
  });
});
