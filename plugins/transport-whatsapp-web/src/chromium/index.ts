export { type FoundChromium, findChromium } from './find.ts'
export { ensureChromium, installHint } from './install.ts'
