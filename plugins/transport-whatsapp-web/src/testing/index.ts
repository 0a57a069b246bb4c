export { chromium } from './chromium.ts'
export { chromiumGroups } from './processes.ts'
