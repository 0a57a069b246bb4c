import { describe, expect, it } from 'vitest'
import { json, oneKey, startHttp } from './fixtures/start-http.ts'

describe('/health', () => {
  it('needs no key, looks at none, and says nothing private', async () => {
    let ready = false
    await using it = await startHttp({ isReady: () => ready })
    const ask = async () => json(await fetch(`${it.url}/health`, { headers: { 'X-API-Key': 'wrong' } }))
    expect(await ask()).toEqual({ status: 200, body: { status: 'ok', ready: false } })
    ready = true
    expect(await ask()).toEqual({ status: 200, body: { status: 'ok', ready: true } })
  })

  it('is 503 until there is a key, where keys are asked for', async () => {
    let keys = false
    await using it = await startHttp({ authentication: { ...oneKey, hasKeys: async () => keys } })
    expect((await fetch(`${it.url}/health`)).status).toBe(503)
    keys = true
    expect((await fetch(`${it.url}/health`)).status).toBe(200)
    await using open = await startHttp({ authentication: null })
    expect((await fetch(`${open.url}/health`)).status).toBe(200)
  })

  it('is read only', async () => {
    await using it = await startHttp()
    const response = await fetch(`${it.url}/health`, { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await fetch(`${it.url}/health`, { method: 'HEAD' })).status).toBe(200)
  })
})
