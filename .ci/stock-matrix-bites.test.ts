/** Takes one check after another out of the code, and expects the matrix to tell. */
import type { KernelView } from '@waqtor/kernel'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Door, type Key, runMatrix } from './matrix.ts'
import { allDoors } from './matrix-doors.ts'
import { makeKeys } from './matrix-keys.ts'
import { startMatrixStock } from './matrix-stock.ts'
import type { Stock } from './stock.ts'

/** The check that is out at present. */
const out = vi.hoisted(() => ({ check: '' }))

vi.mock('../kernel/src/call.ts', async (original) => {
  const real = await original<typeof import('../kernel/src/call.ts')>()
  return {
    ...real,
    holds: (...it: Parameters<typeof real.holds>) => out.check === 'permission' || real.holds(...it),
    reaches: (...it: Parameters<typeof real.reaches>) => out.check === 'account' || real.reaches(...it),
  }
})
vi.mock('../plugins/events/src/visible-types.ts', async (original) => {
  const real = await original<typeof import('../plugins/events/src/visible-types.ts')>()
  return {
    visibleTypes: (...[kernel, ...it]: Parameters<typeof real.visibleTypes>) =>
      real.visibleTypes(open(kernel, 'events of a page'), ...it),
  }
})
vi.mock('../plugins/rest/src/event-stream.ts', async (original) => {
  const real = await original<typeof import('../plugins/rest/src/event-stream.ts')>()
  return {
    ...real,
    EventStream: class extends real.EventStream {
      constructor(options: ConstructorParameters<typeof real.EventStream>[0]) {
        super({ ...options, kernel: open(options.kernel, 'events of a stream') })
      }
    },
  }
})
vi.mock('../plugins/rest/src/event-streams.ts', async (original) => {
  const real = await original<typeof import('../plugins/rest/src/event-streams.ts')>()
  return {
    ...real,
    EventStreams: class extends real.EventStreams {
      constructor(options: ConstructorParameters<typeof real.EventStreams>[0]) {
        super({ ...options, kernel: open(options.kernel, 'opening of a stream') })
      }
    },
  }
})
vi.mock('../plugins/files/src/door.ts', async (original) => {
  const real = await original<typeof import('../plugins/files/src/door.ts')>()
  return {
    createDoor: (options: Parameters<typeof real.createDoor>[0]) =>
      real.createDoor({ ...options, kernel: open(options.kernel, 'files') }),
  }
})
vi.mock('../plugins/rest/src/openapi.ts', async (original) => {
  const real = await original<typeof import('../plugins/rest/src/openapi.ts')>()
  return {
    ...real,
    OpenApi: class extends real.OpenApi {
      override document(...[principal]: Parameters<InstanceType<typeof real.OpenApi>['document']>) {
        return out.check === 'list of operations' ? super.document() : super.document(principal)
      }
    },
  }
})
vi.mock('../plugins/access/src/feature-gate.ts', async (original) => {
  const real = await original<typeof import('../plugins/access/src/feature-gate.ts')>()
  return {
    featureGate: (...it: Parameters<typeof real.featureGate>) => {
      const gate = real.featureGate(...it)
      return (...asked: Parameters<typeof gate>) => (out.check === 'access codes' ? undefined : gate(...asked))
    },
  }
})
vi.mock('../plugins/realtime/src/admission.ts', async (original) => {
  const real = await original<typeof import('../plugins/realtime/src/admission.ts')>()
  return {
    Admission: class extends real.Admission {
      constructor(options: ConstructorParameters<typeof real.Admission>[0]) {
        super({ ...options, kernel: open(options.kernel, 'channels') })
      }
    },
  }
})
vi.mock('../plugins/realtime/src/subscription.ts', async (original) => {
  const real = await original<typeof import('../plugins/realtime/src/subscription.ts')>()
  return {
    Subscription: {
      open: (...[options, request]: Parameters<typeof real.Subscription.open>) =>
        real.Subscription.open({ ...options, kernel: open(options.kernel, 'subscriptions') }, request),
    },
  }
})
vi.mock('../plugins/mcp/src/toolbox.ts', async (original) => {
  const real = await original<typeof import('../plugins/mcp/src/toolbox.ts')>()
  return {
    Toolbox: class extends real.Toolbox {
      override mayWrite(...it: Parameters<InstanceType<typeof real.Toolbox>['mayWrite']>) {
        return out.check === 'writing tools' || super.mayWrite(...it)
      }
    },
  }
})

/** A kernel whose gate is open while this check is out. */
function open<K extends Partial<KernelView>>(kernel: K, check: string): K {
  const { authorize, refusal } = kernel
  return {
    ...kernel,
    authorize: async (...it: Parameters<NonNullable<typeof authorize>>) =>
      out.check === check ? undefined : authorize!(...it),
    refusal: (...it: Parameters<NonNullable<typeof refusal>>) => (out.check === check ? undefined : refusal!(...it)),
  }
}

let stock: Stock
let doors: readonly Door[]
let keys: readonly Key[]

beforeAll(async () => {
  stock = await startMatrixStock()
  doors = await allDoors(stock)
  // What is wrong once is wrong often: nobody, and four keys of one account, will do.
  const few = ['messages:read', 'events:read']
  const made = await makeKeys(stock, doors, (it) => few.includes(it))
  const those = [...few, '*']
  keys = made.filter((it) => it.instances !== 'all' && it.besides === undefined && it.gated !== 'opened')
  keys = keys.filter((it) => it.text === null || those.includes(it.permissions.join()))
})
beforeEach(() => {
  out.check = ''
})
afterAll(() => stock[Symbol.asyncDispose]())

const redDoors = (wrong: readonly string[]) => [...new Set(wrong.map((it) => it.slice(0, it.indexOf(':'))))].sort()

/** Every door. */
const all = [
  'channel',
  'command',
  'compatible route',
  'event stream',
  'events',
  'files',
  'mcp',
  'mcp tools/list',
  'openapi.json',
  'route',
  'socket events',
  'socket execute',
]

describe('the matrix', () => {
  it('is green with every check in its place', async () => {
    const { cells, wrong } = await runMatrix(doors, keys)
    expect(wrong).toEqual([])
    expect(keys).toHaveLength(5)
    expect(cells).toBeGreaterThan(1_000)
  })

  it.each([
    ['permission', all],
    ['account', all.filter((it) => !['files', 'mcp tools/list', 'openapi.json'].includes(it))],
    ['access codes', all.filter((it) => !['files', 'mcp tools/list', 'openapi.json'].includes(it))],
    // Whoever follows events is asked about once more, for each of them: there would be nothing to wait for.
    ['channels', ['channel', 'socket execute']],
    ['subscriptions', ['socket events']],
    ['events of a page', ['events']],
    ['events of a stream', ['event stream']],
    ['opening of a stream', ['event stream']],
    ['files', ['files']],
    ['list of operations', ['openapi.json']],
    ['writing tools', ['mcp', 'mcp tools/list']],
  ])('turns red without the check of the %s', async (check, red) => {
    out.check = check
    const asked = red.length > 2 ? doors : doors.filter((it) => red.includes(it.name))
    const { wrong } = await runMatrix(asked, keys)
    expect(redDoors(wrong)).toEqual(red)
  })
})
