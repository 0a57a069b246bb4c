export { FakeAccount } from './fake-account.ts'
export { type Behaviour, FakeTransport } from './fake-transport.ts'
export { type MailKernel, mailKernel } from './mail-kernel.ts'
