/** Why a public name has no bad call, and why a message names no argument. */

export const withoutCall: Readonly<Record<string, string>> = {};

export const notOfAnArgument: Readonly<Record<string, string>> = {};
