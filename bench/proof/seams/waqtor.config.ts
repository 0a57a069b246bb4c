/** The stock system, with a point at which its process ends itself or stops: see crash-point.ts. */
import { defineConfig, type WaqtorConfig } from '@waqtor/host'
import { armed } from './crash-point.ts'
import { withSeams } from './with-seams.ts'

const file = new URL('../../../waqtor.config.ts', import.meta.url)
const { default: stock }: { default: WaqtorConfig } = await import(file.href)
const point = armed(process.env)

export default defineConfig({
  ...stock,
  plugins: stock.plugins.map((it) => (it && point ? withSeams(it, point) : it)),
})
