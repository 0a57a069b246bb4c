export { Account, queryFor, type Run } from './account.ts'
export { FactRecorder } from './fact-recorder.ts'
export { transportSuite } from './transport-suite.ts'
export type { AcceptedMessage, Faults, World } from './world.ts'
