/** `torch.utils.checkpoint`. */
export { checkpoint } from '../autograd/checkpoint.js';
