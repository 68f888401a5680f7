/** Bad calls of the models, data sets, samplers, transforms, evaluation, trainer and configuration. */
import * as torch from '@reidgrad/core';
import * as reid from '@reidgrad/reid';
import { tinyConfig, tinyDataset } from '../../../packages/reid/src/train/tiny.testing.js';
import { float, list, longs, wrong, type BadCalls } from '../values.js';

const picture = reid.createImage(1, 1, new Uint8Array(3));
const photo = float(1, 4, 32, 32);
const random = new reid.Xoshiro128(0);
const narrow = { width: 1 / 64 } as const;
const ranking = {
  distances: new Float32Array(4),
  queryPids: [0, 1],
  galleryPids: [0, 1],
  queryCamids: [0, 0],
  galleryCamids: [1, 1],
};

const models: BadCalls = {
  'reid.AGWBaseline': () => new reid.AGWBaseline(wrong('751'), narrow),
  'reid.AGWBaseline.forward': () => new reid.AGWBaseline(4, narrow).forward(photo),
  'reid.BasicBlock': () => new reid.BasicBlock(1.5, 2),
  'reid.BasicBlock.forward': () => new reid.BasicBlock(2, 2).forward(photo),
  'reid.Bottleneck': () => new reid.Bottleneck(-1, 2),
  'reid.Bottleneck.forward': () => new reid.Bottleneck(8, 2).forward(photo),
  'reid.ChannelGate': () => new reid.ChannelGate(8),
  'reid.ChannelGate.forward': () => new reid.ChannelGate(16).forward(photo),
  'reid.ConvBlock': () => new reid.ConvBlock(3, 2.5),
  'reid.ConvBlock.forward': () => new reid.ConvBlock(3, 2).forward(photo),
  'reid.ConvLayer': () => new reid.ConvLayer(3, 2, 0),
  'reid.ConvLayer.forward': () => new reid.ConvLayer(3, 2).forward(photo),
  'reid.Embedder': () => new reid.Embedder(new reid.EmbeddingNet({ classes: 2 }), wrong({ mean: [0.5], std: [1] })),
  'reid.Embedder.forward': () => new reid.Embedder(new reid.EmbeddingNet({ classes: 2 })).forward(float(3, 32)),
  'reid.EmbeddingNet': () => new reid.EmbeddingNet({ classes: wrong('751') }),
  'reid.EmbeddingNet.forward': () => new reid.EmbeddingNet({ classes: 2 }).forward(photo),
  'reid.GeneralizedMeanPooling': () => new reid.GeneralizedMeanPooling(0),
  'reid.GeneralizedMeanPooling.forward': () => new reid.GeneralizedMeanPooling(3).forward(float(2, 3)),
  'reid.GeneralizedMeanPoolingP': () => new reid.GeneralizedMeanPoolingP(-1),
  'reid.GeneralizedMeanPoolingP.forward': () => new reid.GeneralizedMeanPoolingP().forward(list),
  'reid.LightConv3x3': () => new reid.LightConv3x3(-1, 2),
  'reid.LightConv3x3.forward': () => new reid.LightConv3x3(3, 2).forward(photo),
  'reid.Non_local': () => new reid.Non_local(4, { form: wrong('embedded') }),
  'reid.Non_local.forward': () => new reid.Non_local(3, { form: 'agw' }).forward(photo),
  'reid.OSBlock': () => new reid.OSBlock(8, 8),
  'reid.OSBlock.forward': () => new reid.OSBlock(64, 64).forward(photo),
  'reid.OSNet': () => new reid.OSNet(wrong({ num_classes: 4 })),
  'reid.OSNet (width)': () => new reid.OSNet(4, { width: 0 }),
  'reid.OSNet.forward': () => reid.osnet_x0_25(2).forward(photo),
  'reid.ResNet': () => new reid.ResNet(reid.BasicBlock, [1, 1, 1, 1], { width: -1 }),
  'reid.ResNet.forward': () => new reid.ResNet(reid.BasicBlock, [1, 1, 1, 1], narrow).forward(photo),
  'reid.ResNetNL': () => new reid.ResNetNL([1, 1, 1, 1], { width: 0 }),
  'reid.ResNetNL.forward': () => new reid.ResNetNL([1, 1, 1, 1], narrow, [0, 0, 0, 0]).forward(photo),
  'reid.base_resnet': () => new reid.base_resnet(0),
  'reid.base_resnet.forward': () => new reid.base_resnet(1 / 64).forward(photo),
  'reid.bnneck': () => reid.bnneck(-1),
  'reid.embed_net': () => new reid.embed_net(wrong('4'), { ...narrow, no_local: 'off' }),
  'reid.embed_net.forward': () =>
    new reid.embed_net(4, { ...narrow, no_local: 'off' }).forward(float(1, 3, 32, 32), float(1, 3, 32, 32), wrong(3)),
  'reid.gm_pool': () => reid.gm_pool(float(2, 3)),
  'reid.osnet_x0_25': () => reid.osnet_x0_25(-1),
  'reid.osnet_x1_0': () => reid.osnet_x1_0(1.5),
  'reid.resnet18': () => reid.resnet18({ width: 0 }),
  'reid.resnet34': () => reid.resnet34({ width: NaN }),
  'reid.resnet50': () => reid.resnet50({ width: wrong('1') }),
  'reid.thermal_module': () => new reid.thermal_module(-1),
  'reid.thermal_module.forward': () => new reid.thermal_module(1 / 64).forward(photo),
  'reid.visible_module': () => new reid.visible_module(-1),
  'reid.visible_module.forward': () => new reid.visible_module(1 / 64).forward(photo),
  'reid.weights_init_classifier': () => reid.weights_init_classifier(wrong(float(2))),
};

const pictures: BadCalls = {
  'reid.createImage': () => reid.createImage(2, 2, new Uint8Array(3)),
  'reid.createImage (size)': () => reid.createImage(0, 2, new Uint8Array(0)),
  'reid.createRgbaImage': () => reid.createRgbaImage(2, 2, new Uint8Array(3)),
  'reid.cropRgba': () => reid.cropRgba(reid.createRgbaImage(2, 2, new Uint8Array(16)), 1, 1, 2, 2),
  'reid.decodeImage': () => reid.decodeImage(new Uint8Array([1, 2, 3])),
  'reid.decodeRgba': () => reid.decodeRgba(new Uint8Array([1, 2, 3]), 'a.png'),
  'reid.encodePng': () => reid.encodePng(wrong({ ...picture, data: new Uint8Array(2) })),
  'reid.imageBatch': () => reid.imageBatch([]),
  'reid.imageBatch (sizes)': () => reid.imageBatch([picture, reid.createImage(2, 1, new Uint8Array(6))]),
  'reid.layOverWhite': () => reid.layOverWhite(wrong(picture)),
  'reid.pngDataUri': () => reid.pngDataUri(wrong({ ...picture, data: new Uint8Array(2) })),
  'reid.resizeImage': () => reid.resizeImage(picture, 0, 1),
};

const transforms: BadCalls = {
  'reid.compose': () => reid.compose(wrong('flip')),
  'reid.randomBrightness': () => reid.randomBrightness(2),
  'reid.randomContrast': () => reid.randomContrast(-1),
  'reid.randomErasing': () => reid.randomErasing({ area: [0.5, 0.4] }),
  'reid.randomHorizontalFlip': () => reid.randomHorizontalFlip(2),
  'reid.randomNoise': () => reid.randomNoise(2),
  'reid.randomShift': () => reid.randomShift(-1),
};

const sampling: BadCalls = {
  'reid.PKSampler': () => new reid.PKSampler([0, 0, 1, 1], { identities: 3, images: 2, seed: 0 }),
  'reid.PKSampler (images)': () => new reid.PKSampler([0, 0, 1, 1], { identities: 2, images: 0, seed: 0 }),
  'reid.PKSampler (state)': () => {
    const other = new reid.PKSampler([0, 1, 2], { identities: 2, images: 2, seed: 0 });
    new reid.PKSampler([0, 1], { identities: 2, images: 2, seed: 0 }).setState(other.state());
  },
  'reid.Xoshiro128': () => new reid.Xoshiro128(-1),
  'reid.Xoshiro128 (state)': () => new reid.Xoshiro128(0).setState([0, 0, 0, 0]),
  'reid.randomInteger': () => reid.randomInteger(random, 0),
  'reid.shuffled': () => reid.shuffled(random, wrong<never>(undefined)),
};

const datasets: BadCalls = {
  'reid.emojiDataset': () => reid.emojiDataset({ seed: 0, size: 0 }),
  'reid.market1501Dataset': () => reid.market1501Dataset('no-such-folder', { height: 128, width: 64 }),
};

const evaluation: BadCalls = {
  'reid.euclideanDistances': () => reid.euclideanDistances(new Float32Array(3), new Float32Array(4), 2),
  'reid.normalizeRows': () => reid.normalizeRows(new Float32Array(3), 2),
  'reid.evaluate': () => reid.evaluate({ ...ranking, distances: new Float32Array(3) }),
  'reid.evaluate (maxRank)': () => reid.evaluate(ranking, { maxRank: 0 }),
  'reid.evaluate (cameras)': () => reid.evaluate({ ...ranking, galleryCamids: [1] }),
  'reid.rankedGallery': () => reid.rankedGallery(ranking, 2),
  'reid.rankingExamples': () => reid.rankingExamples(tinyDataset().directions[0], new Float32Array(1)),
  'reid.renderReport': () => reid.renderReport(wrong({ title: 3 })),
};

const checkpoints: BadCalls = {
  'reid.decodeCheckpoint': () => reid.decodeCheckpoint(new Uint8Array([1, 2, 3]), 'a.ckpt'),
  'reid.readCheckpoint': () => reid.readCheckpoint('no-such-file'),
  'reid.writeCheckpoint': () => reid.writeCheckpoint('a.ckpt', wrong({ info: {}, tensors: new Map() })),
  'reid.pruneCheckpoints': () => reid.pruneCheckpoints('no-such-folder', -1),
};

const configuration: BadCalls = {
  'reid.parseFlags': () => reid.parseFlags(['--los', 'ori']),
  'reid.parseFlags (value)': () => reid.parseFlags(['--lr', 'fast']),
  'reid.parseFlags (no value)': () => reid.parseFlags(['--lr']),
  'reid.resolveConfig': () => reid.resolveConfig(wrong({ data: 'emoji', batch: 65, k: 2 })),
  'reid.resumedConfig': () => reid.resumedConfig({}, tinyConfig(), new Set()),
  'reid.resumedConfig (flag)': () =>
    reid.resumedConfig(tinyConfig(), { ...tinyConfig(), margin: 9 }, new Set(['margin'])),
};

const training: BadCalls = {
  'reid.Trainer': () => new reid.Trainer(tinyDataset(), { ...tinyConfig(), p: 99 }, () => undefined),
  'reid.captureRun': () => reid.captureRun(wrong({ model: new torch.nn.Linear(2, 3).double() }), {}),
  'reid.restoreRun': () => reid.restoreRun(wrong({}), wrong({ info: { kind: 'other' }, tensors: new Map() })),
  'reid.chartSvg': () => reid.chartSvg({ title: 'Loss', xLabel: 'step', series: [] }),
  'reid.metricTerm': () => reid.metricTerm({ loss: 'ori', margin: wrong('0.3'), normalize: 0 }),
  'reid.trainingCriterion': () => reid.trainingCriterion({ loss: 'ori', margin: NaN, normalize: 0, ceWeight: 1 }),
  'reid.pixelFeatures': () => reid.pixelFeatures([]),
  'reid.distanceMatrix': () => reid.distanceMatrix(wrong({ executionProviders: ['gpu'] })),
  'reid.embedImages': () =>
    reid.embedImages(
      new reid.Embedder(new reid.EmbeddingNet({ classes: 2 })),
      [],
      wrong({ executionProviders: ['gpu'] }),
    ),
  'reid.measureEmbedder': () =>
    reid.measureEmbedder(
      'tiny',
      tinyDataset(),
      new reid.Embedder(new reid.EmbeddingNet({ classes: 2 })),
      wrong({ executionProviders: ['gpu'] }),
    ),
  'reid.measurePixels': () => reid.measurePixels(tinyDataset(), wrong({ executionProviders: ['gpu'] })),
  'reid.smallestGain': () => reid.smallestGain([]),
  'reid.exportLoss': () => reid.exportLoss(tinyConfig(), 'no/such/folder'),
  'reid.exportEmbedder': () =>
    reid.exportEmbedder(new reid.Embedder(new reid.EmbeddingNet({ classes: 2 })), tinyDataset(), 'no/such/folder'),
  'reid.exportTrainingStep': () =>
    reid.exportTrainingStep(
      new reid.Trainer(tinyDataset(), tinyConfig(), () => undefined),
      tinyDataset(),
      'no/such/folder',
    ),
  'reid.trainingStep': () => {
    const embedder = new reid.Embedder(new reid.EmbeddingNet({ classes: 2 }));
    const criterion = reid.trainingCriterion({ loss: 'ori', margin: 0.3, normalize: 0, ceWeight: 1 });
    const step = reid.trainingStep(embedder, criterion, new torch.optim.SGD(embedder.parameters()));
    step(torch.full([4, 3, 32, 32], NaN), longs(0, 0, 1, 1));
  },
  'reid.stepRunner': () => reid.stepRunner(wrong(undefined), { eager: false, provider: ['cpu'] }, () => undefined),
  'reid.runTraining': () =>
    reid.runTraining(
      { ...tinyConfig(), size: wrong('32x16'), dataset: 'emoji', data: 'emoji', height: 32, width: 16 } as never,
      new Set(),
      { output: { log: () => undefined, result: () => undefined }, signal: new AbortController().signal },
    ),
};

export const reidCalls: BadCalls = {
  ...models,
  ...pictures,
  ...transforms,
  ...sampling,
  ...datasets,
  ...evaluation,
  ...checkpoints,
  ...configuration,
  ...training,
};
