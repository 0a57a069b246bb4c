import { compileFunction, constants } from 'node:vm'
import type { Import } from '../config/load-config.ts'

/** Imports as Node itself does, without the test runner in between. */
export const nativeImport: Import = compileFunction('return import(url)', ['url'], {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as Import
