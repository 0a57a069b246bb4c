/** The stock system as an ordeal wants it: with a crash point, or with a transport that draws no ids. */
import { defineConfig, type WaqtorConfig } from '@waqtor/host'
import type { PluginEntry } from '@waqtor/kernel'
import { armed } from './crash-point.ts'
import { withSeams } from './with-seams.ts'

const file = new URL('../../../waqtor.config.ts', import.meta.url)
const { default: stock }: { default: WaqtorConfig } = await import(file.href)
const point = armed(process.env)
const drawsIds = process.env.PROOF_WITHOUT_DRAWN_IDS === undefined

export default defineConfig({ ...stock, plugins: stock.plugins.map((it) => it && changed(it)) })

function changed(entry: PluginEntry): PluginEntry {
  const isTransport = entry.spec.name === 'transport-simulator'
  const chosen =
    isTransport && !drawsIds ? { ...entry, config: { ...(entry.config as object), preDrawnIds: false } } : entry
  return point ? withSeams(chosen, point) : chosen
}
