export { usageOf } from '../processes/process-group.ts'
export { chromium } from './chromium.ts'
export { chromiumGroups } from './processes.ts'
