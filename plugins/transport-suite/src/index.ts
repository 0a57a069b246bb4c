export { Account, queryFor, type Run } from './account.ts'
export { FactRecorder } from './fact-recorder.ts'
export { transportSuite } from './transport-suite.ts'
export type { AcceptedMessage, Deed, Faults, Letter, World } from './world.ts'
