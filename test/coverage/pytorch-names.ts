/**
 * What ReID code calls of PyTorch: every name that an AST scan found in eight systems (Cross-Modal-Re-ID-baseline,
 * ReID-Survey, its video variant, reid-strong-baseline, open-reid, deep-person-reid, fast-reid,
 * pytorch-metric-learning), with the number of systems that use it. `make-coverage.ts` looks each of them up.
 */

/** Names of one kind, by the number of systems that use them. */
export interface NameSection {
  title: string;
  /** Put before a name to find it in `import * as torch from '@reidgrad/core'`; `Tensor` for methods. */
  within: string;
  names: Readonly<Record<number, string>>;
}

export const sections: readonly NameSection[] = [
  {
    title: 'nn modules',
    within: 'nn',
    names: {
      8: `Module`,
      7: `Conv2d BatchNorm2d Sequential ReLU Linear ModuleList BatchNorm1d Parameter`,
      6: `MaxPool2d AdaptiveAvgPool2d Dropout DataParallel MarginRankingLoss`,
      5: `AvgPool2d`,
      4: `InstanceNorm2d Sigmoid SoftMarginLoss LogSoftmax`,
      3: `CrossEntropyLoss`,
      2: `Identity LayerNorm parallel.DistributedDataParallel LeakyReLU`,
      1: `ReLU6 ZeroPad2d GroupNorm Hardswish ModuleDict SyncBatchNorm BatchNorm3d GELU parallel.DataParallel AdaptiveMaxPool2d InstanceNorm1d InstanceNorm3d LocalResponseNorm MSELoss Softmax Softplus parameter utils.clip_grad_norm_ utils.clip_grad_value_`,
    },
  },
  {
    title: 'Functional',
    within: 'nn.functional',
    names: {
      7: `normalize`,
      4: `relu`,
      3: `softmax avg_pool2d adaptive_avg_pool2d cross_entropy`,
      2: `softplus dropout log_softmax one_hot`,
      1: `linear batch_norm max_pool2d upsample conv2d cosine_similarity interpolate conv_transpose2d instance_norm leaky_relu margin_ranking_loss mse_loss prelu threshold affine_grid grid_sample hardsigmoid kl_div pad pairwise_distance relu6 soft_margin_loss`,
    },
  },
  {
    title: 'Initialisers',
    within: 'nn.init',
    names: {
      7: `normal_ kaiming_normal_`,
      6: `constant_`,
      2: `zeros_`,
      1: `constant kaiming_normal normal ones_ kaiming_uniform_`,
    },
  },
  {
    title: 'The torch namespace',
    within: '',
    names: {
      8: `cat load pow`,
      7: `zeros no_grad max norm stack`,
      6: `Tensor save`,
      5: `sum arange mean tensor exp matmul min randn manual_seed`,
      4: `rand ones ones_like split randperm`,
      3: `autograd.Variable zeros_like device from_numpy is_tensor mm int64 clamp gather`,
      2: `where long float32 prod log sigmoid empty eye float logsumexp abs float64 linspace sort FloatTensor autograd.Function multinomial tanh meshgrid`,
      1: `unique any bool cumsum float16 ge ByteTensor ceil clamp_min relu var acos all argmax cos finfo floor randint sqrt t topk uint8 ByteStorage ByteStorage.from_buffer LongTensor allclose atan chunk isnan rand_like randn_like scatter_add std DoubleTensor Size autograd.profiler.profile batch_norm bincount cdist clamp_max empty_like eq flip frac full histc hub.load_state_dict_from_url iinfo int32 inverse is_autocast_enabled isfinite isinf multiprocessing.spawn normal reshape rsqrt set_rng_state tan transpose triu version.cuda`,
    },
  },
  {
    title: 'Optimisers and schedulers',
    within: '',
    names: {
      7: `optim.SGD`,
      4: `optim.lr_scheduler._LRScheduler`,
      3: `optim.Adam`,
      2: `optim.Optimizer optim.lr_scheduler.MultiStepLR`,
      1: `optim.RMSprop optim.lr_scheduler.CosineAnnealingLR optim.lr_scheduler.CosineAnnealingWarmRestarts optim.lr_scheduler.StepLR`,
    },
  },
  {
    title: 'Data and utilities',
    within: '',
    names: {
      8: `utils.data.DataLoader utils.data.Sampler`,
      7: `utils.data.Dataset`,
      4: `utils.model_zoo.load_url`,
      3: `utils.tensorboard.SummaryWriter`,
      2: `utils.data.BatchSampler`,
      1: `utils.cpp_extension.CUDA_HOME utils.cpp_extension.BuildExtension utils.cpp_extension.CUDAExtension utils.cpp_extension.ROCM_HOME utils.data.RandomSampler utils.data.SequentialSampler utils.data.Subset utils.data.WeightedRandomSampler`,
    },
  },
  {
    title: 'Devices, processes, mixed precision',
    within: '',
    names: {
      7: `backends.cudnn.benchmark`,
      5: `cuda.is_available`,
      3: `cuda.device_count`,
      2: `distributed.get_world_size distributed.get_rank distributed.is_available distributed.is_initialized distributed.all_gather cuda.manual_seed cuda.manual_seed_all`,
      1: `cuda.synchronize cuda.Stream cuda.set_device cuda.stream distributed.gather distributed.get_backend distributed.new_group backends.cudnn.deterministic backends.cudnn.enabled cuda.FloatTensor cuda.amp.GradScaler cuda.current_stream cuda.empty_cache cuda.get_device_name cuda.max_memory_allocated distributed.barrier distributed.group distributed.group.WORLD distributed.init_process_group distributed.reduce`,
    },
  },
  {
    title: 'Tensor methods and attributes',
    within: 'Tensor',
    names: {
      8: `index size data shape view sum expand t cpu numpy unsqueeze float add clamp backward max`,
      7: `split item cuda contiguous fill_ eq cumsum tolist addmm_ expand_as sqrt T`,
      6: `relu to copy_ permute mean ndim resize_as_ new requires_grad scatter_`,
      5: `flatten zero_ grad squeeze normal_ pow ne requires_grad_ long min`,
      4: `mul_ transpose resize dim norm sigmoid`,
      3: `device dtype detach numel values reshape repeat div topk is_cuda`,
      2: `add_ clone type_as type addcmul_ mm addcdiv_ log nonzero uniform_ clamp_ mul`,
      1: `bool fill_diagonal_ is_contiguous names any data_ptr div_ median diag narrow dot sort softmax put sub_ storage_offset storage ravel clip scatter_add_ var pow_ masked_fill index_select chunk std flip floor_ erfinv_ rsqrt abs acos_ cos_ exp bernoulli_ all floor renorm_ renorm byte repeat_interleave nelement`,
    },
  },
];
