export type { ParsedFlags } from './flags.js';
export { helpText, parseFlags } from './flags.js';
export type { SettingName, Settings } from './settings.js';
export { flagOf, LOSSES, PROVIDERS, settingsSchema } from './settings.js';
export type { TrainConfig } from './train-config.js';
export { resolveConfig, resumedConfig, trainConfigSchema, UsageError } from './train-config.js';
