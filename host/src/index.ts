export { defineConfig, type LogLevel, type WaqtorConfig } from './define-config.ts'
export { hostErrorCodes } from './error-codes.ts'
export { exitCodes } from './exit-codes.ts'
export { officialPlugins } from './official-plugins.ts'
