import { webhooksPlugin } from './plugin.ts'

export * from './contract.ts'

/**
 * Events delivered to other systems over HTTP, each at least once, signed, and again until it is taken.
 * @example plugins: [sqlite(), events(), webhooks({ allowPrivate: ['10.0.0.5:5678'] })]
 */
export default webhooksPlugin()
