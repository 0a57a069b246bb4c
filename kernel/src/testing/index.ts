export { type LeftBehindOptions, leftBehind } from './left-behind.ts'
export { type RecordedLine, recordingLogger } from './recording-logger.ts'
export { leftovers, type Snapshot, snapshot } from './snapshot.ts'
export { type Fake, fake, type TestKernel, type TestKernelOptions, testKernel } from './test-kernel.ts'
