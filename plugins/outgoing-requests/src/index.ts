export type { Connect, Dialled } from './dial.ts'
export { type OutgoingErrorCode, outgoingErrorCodes } from './error-codes.ts'
export {
  createOutgoing,
  type Outgoing,
  type OutgoingAnswer,
  type OutgoingOptions,
  type OutgoingRequest,
} from './outgoing.ts'
export type { Resolve } from './resolver.ts'
export { AllowPrivate, portsOf } from './target.ts'
