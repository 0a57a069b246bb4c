/** The stock system with limits that a busy machine reaches, too. */
import { defineConfig, type WaqtorConfig } from '@waqtor/host'
import http from '@waqtor/plugin-http'

const file = new URL('../../../waqtor.config.ts', import.meta.url)
const { default: stock }: { default: WaqtorConfig } = await import(file.href)

export default defineConfig({
  ...stock,
  plugins: [
    ...stock.plugins.filter((it) => it && it.spec.name !== 'http'),
    http({ rateLimit: { perSecond: 40, burst: 40 } }),
  ],
})
