/**
 * Device, precision and build switches of ported scripts, in the form that does no harm: eager tensors live on the
 * host, and a compiled function decides where it runs.
 */
import { badArgument } from '../errors.js';

/** A device's name, as `x.to(...)` and factories accept and ignore it: `device('cuda', 0)` is `'cuda:0'`. */
export function device(type: string, index?: number): string {
  if (typeof type !== 'string') throw badArgument('device', 'type', type, "a name such as 'cpu' or 'cuda:0'");
  return index === undefined ? type : `${type}:${index}`;
}

const nothing = (): void => undefined;

/** There is no CUDA device for eager tensors; seeding and synchronising do nothing. */
export const cuda = {
  is_available: (): boolean => false,
  device_count: (): number => 0,
  manual_seed: nothing as (seed: number) => void,
  manual_seed_all: nothing as (seed: number) => void,
  set_device: nothing as (device: unknown) => void,
  synchronize: nothing,
  empty_cache: nothing,
  max_memory_allocated: (): number => 0,
} as const;

/** Switches that may be set, and change nothing: results are always deterministic. */
export const backends = { cudnn: { benchmark: false, deterministic: true, enabled: false } };

/** There are no other processes: rank 0 of 1. */
export const distributed = {
  is_available: (): boolean => false,
  is_initialized: (): boolean => false,
  get_rank: (): number => 0,
  get_world_size: (): number => 1,
  barrier: nothing,
} as const;

/** No CUDA was built in. */
export const version = { cuda: null } as const;

/** Eager arithmetic never changes its precision by itself. */
export function is_autocast_enabled(): boolean {
  return false;
}
