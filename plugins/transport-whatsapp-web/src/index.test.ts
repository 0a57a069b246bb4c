import { type TransportProvider, Transports } from '@waqtor/contracts'
import { fake, testKernel } from '@waqtor/kernel/testing'
import { expect, it } from 'vitest'
import whatsappWeb from './index.ts'

it('signs in with the accounts, and out again', async () => {
  const providers: TransportProvider[] = []
  const add = (provider: TransportProvider) => {
    providers.push(provider)
    return () => void providers.splice(providers.indexOf(provider), 1)
  }
  {
    await using _ = await testKernel({ plugins: [whatsappWeb()], fakes: [fake(Transports, { add })] })
    expect(providers.map((it) => it.kind)).toEqual(['whatsapp-web'])
    const report = () => {}
    const setup = { instance: 'x', directory: '/nowhere', report, signal: new AbortController().signal }
    const transport = providers[0]!.create(setup)
    expect(transport.capabilities).toEqual({ real: true, maxInFlight: 1, preDrawnIds: true, absentAfterMs: 60_000 })
    expect(await transport.usage!()).toBeNull()
    await transport.stop()
  }
  expect(providers).toEqual([])
})
