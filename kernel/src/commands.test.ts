import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Call,
  CommandCompleted,
  CommandFailed,
  type CommandToken,
  defineCommand,
  definePlugin,
  type PluginContext,
  type Principal,
  systemPrincipal,
  WaqtorError,
  z,
} from './index.ts'
import { type TestKernelOptions, testKernel } from './testing/index.ts'

const echo = defineCommand('echo.say', {
  summary: 'Say it again',
  permission: 'echo:write',
  scope: 'instance',
  input: z.object({ instance: z.string().default('default'), text: z.string().min(1) }),
  output: z.object({ text: z.string().max(9) }),
})
const open = defineCommand('echo.open', {
  summary: 'For everybody',
  permission: 'public',
  scope: 'host',
  input: z.object({}),
  output: z.object({ principal: z.string().nullable() }),
})

const holder = (permissions: string[], instances: string[] | 'all' = 'all'): Principal => ({
  id: 'key-1',
  role: 'user',
  permissions: new Set(permissions),
  instances: instances === 'all' ? 'all' : new Set(instances),
})
const writer = { principal: holder(['echo:write'], ['default']) }

function kernelWith(setup: (ctx: PluginContext) => void, options: Omit<TestKernelOptions, 'plugins'> = {}) {
  return testKernel({ ...options, plugins: [definePlugin({ name: 'echo', config: z.object({}), setup })()] })
}

/** A promise and the means to settle it. */
const pending = <T>() => Promise.withResolvers<T>()

/** A handler that tells when it was called and with what, and answers when it is told to. */
function probe() {
  const called = pending<Call>()
  const answer = pending<{ text: string }>()
  const handler = (_: unknown, call: Call) => {
    called.resolve(call)
    return answer.promise
  }
  return { called: called.promise, answer, handler }
}

describe('the order of the checks', () => {
  it('is who you are, what you may do, what you say, where', async () => {
    const steps: string[] = []
    await using test = await kernelWith((ctx) => {
      ctx.handle(echo, ({ text }) => ({ text }))
      ctx.tap(ctx.kernel.hooks.authorize, () => void steps.push('authorize'))
    })
    const say = (input: object, principal: Principal | null) =>
      test.kernel.commands
        .execute(echo.id, input, { principal })
        .catch(({ status, code }: WaqtorError) => [status, code])

    // Each call is wrong in everything that comes after the check that refuses it.
    expect(await say({ text: 7, instance: 'other' }, null)).toEqual([401, 'WAQ_UNAUTHENTICATED'])
    expect(await say({ text: 7, instance: 'other' }, holder(['echo:read'], []))).toEqual([403, 'WAQ_FORBIDDEN'])
    expect(await say({ text: 7, instance: 'other' }, writer.principal)).toEqual([400, 'WAQ_INPUT_INVALID'])
    expect(await say({ text: 'hi', instance: 'other' }, writer.principal)).toEqual([403, 'WAQ_FORBIDDEN'])
    expect(steps).toEqual([])
    expect(await say({ text: 'hi' }, writer.principal)).toEqual({ text: 'hi' })
    expect(steps).toEqual(['authorize'])
  })

  it('asks nothing of a public command, and tells it who called all the same', async () => {
    await using test = await kernelWith((ctx) => {
      ctx.handle(open, (_, { principal }) => ({ principal: principal?.id ?? null }))
    })
    expect(await test.kernel.commands.execute(open, {})).toEqual({ principal: null })
    expect(await test.kernel.commands.execute(open, {}, writer)).toEqual({ principal: 'key-1' })
  })

  it('takes a permission by name, by its area and as everything, and no other way', async () => {
    await using test = await kernelWith((ctx) => ctx.handle(echo, ({ text }) => ({ text })))
    const may = (permission: string) =>
      test.run(echo, { text: 'hi' }, { principal: holder([permission]) }).then(
        () => true,
        () => false,
      )
    for (const permission of ['echo:write', 'echo:*', '*']) expect(await may(permission)).toBe(true)
    for (const permission of ['echo:read', 'ech:*', 'echo', 'public', '', 'echo:write:all', 'ECHO:WRITE']) {
      expect(await may(permission)).toBe(false)
    }
  })

  it('lists to a caller only what it may call, sorted', async () => {
    await using test = await kernelWith((ctx) => {
      ctx.handle(open, () => ({ principal: null }))
      ctx.handle(echo, ({ text }) => ({ text }))
    })
    const { commands } = test.kernel
    expect(commands.list().map((it) => it.id)).toEqual(['echo.open', 'echo.say'])
    expect(commands.list(holder([])).map((it) => it.id)).toEqual(['echo.open'])
    expect(commands.list(holder(['echo:*'])).map((it) => it.id)).toEqual(['echo.open', 'echo.say'])
  })
})

describe('the input', () => {
  it('reaches the handler as the schema gives it, and the answer the caller as its schema gives it', async () => {
    const trimmed = defineCommand('echo.trim', {
      summary: 'Trim',
      permission: 'echo:read',
      scope: 'host',
      input: z.object({ text: z.string().trim(), times: z.number().default(2) }),
      output: z.object({ text: z.string() }),
    })
    await using test = await kernelWith((ctx) => {
      ctx.handle(trimmed, ({ text, times }) => Object.assign({ text: text.repeat(times) }, { secret: 1 }))
    })
    expect(await test.run(trimmed, { text: ' a ' })).toEqual({ text: 'aa' })
  })

  it('is refused with every field that is wrong', async () => {
    await using test = await kernelWith((ctx) => ctx.handle(echo, ({ text }) => ({ text })))
    const error = await test.kernel.commands
      .execute(echo.id, { instance: 1, text: '' }, writer)
      .catch((it: WaqtorError) => it)
    expect(error).toMatchObject({
      code: 'WAQ_INPUT_INVALID',
      status: 400,
      details: { errors: [{ path: 'instance' }, { path: 'text' }] },
    })
    expect((error as WaqtorError).message).toContain("at 'instance'")
  })

  it('may be anything without breaking the pipeline', async () => {
    await using test = await kernelWith((ctx) => ctx.handle(echo, ({ text }) => ({ text })))
    for (const input of [
      undefined,
      null,
      7,
      'text',
      [],
      () => {},
      Object.create(null),
      JSON.parse('{"__proto__":{"a":1}}'),
    ]) {
      await expect(test.kernel.commands.execute(echo.id, input, writer)).rejects.toMatchObject({ status: 400 })
    }
  })

  it('that makes its own schema throw is an error with a code like any other', async () => {
    const broken = defineCommand('echo.broken', {
      summary: 'Broken',
      permission: 'echo:read',
      scope: 'host',
      input: z.object({
        text: z.string().refine(() => {
          throw new Error('boom')
        }),
      }),
      output: z.object({}),
    })
    await using test = await kernelWith((ctx) => ctx.handle(broken, () => ({})))
    await expect(test.run(broken, { text: 'x' })).rejects.toMatchObject({ code: 'WAQ_COMMAND_FAILED', status: 500 })
  })
})

describe('what a handler throws', () => {
  const failing = async (thrown: unknown) => {
    await using test = await kernelWith((ctx) => {
      ctx.handle(echo, () => {
        throw thrown
      })
    })
    return test.run(echo, { text: 'x' }).catch((it: unknown) => it)
  }

  it('becomes an error that names the command and the plugin and keeps the cause', async () => {
    const cause = new TypeError('boom')
    const error = await failing(cause)
    expect(error).toMatchObject({ code: 'WAQ_COMMAND_FAILED', status: 500, plugin: 'echo', phase: 'command', cause })
    expect((error as Error).message).toBe("command 'echo.say' failed: boom")
  })

  it('stays what it is when it was thrown on purpose', async () => {
    const cause = new WaqtorError('WAQ_NOT_FOUND', 'no such thing', { status: 404, retryAfter: 3, details: { a: 1 } })
    expect(await failing(cause)).toBe(cause)
  })

  it('is recognised when another copy of the kernel threw it', async () => {
    class WaqtorError extends Error {
      code = 'WAQ_NOT_FOUND'
      phase = 'command'
      status = 404
    }
    expect(await failing(new WaqtorError('far'))).toMatchObject({ code: 'WAQ_NOT_FOUND', status: 404 })
  })

  it.each([[null], [undefined], ['text'], [7], [Symbol('s')], [Object.create(null)], [{ toString: null }]])(
    'may be %s',
    async (thrown) => {
      const error = await failing(thrown)
      expect(error).toBeInstanceOf(WaqtorError)
      expect(error).toMatchObject({ code: 'WAQ_COMMAND_FAILED' })
    },
  )
})

describe('the answer', () => {
  it('that the output schema refuses never reaches the caller', async () => {
    await using test = await kernelWith((ctx) => ctx.handle(echo, () => ({ text: 'much too long' })))
    const error = await test.run(echo, { text: 'x' }).catch((it: WaqtorError) => it)
    expect(error).toMatchObject({ code: 'WAQ_OUTPUT_INVALID', status: 500, plugin: 'echo' })
    expect((error as WaqtorError).message).not.toContain('much too long')
  })
})

describe('a command that nobody handles', () => {
  it('is unknown, by its id as by its token', async () => {
    await using test = await kernelWith(() => {})
    await expect(test.run(echo, { text: 'x' })).rejects.toMatchObject({ code: 'WAQ_COMMAND_UNKNOWN', status: 404 })
    await expect(test.kernel.commands.execute('toString', {})).rejects.toMatchObject({ code: 'WAQ_COMMAND_UNKNOWN' })
    expect(test.kernel.commands.get('echo.say')).toBeUndefined()
  })

  it('is handled by one plugin only', async () => {
    const setup = (ctx: PluginContext) => ctx.handle(echo, ({ text }) => ({ text }))
    const plugins = ['one', 'two'].map((name) => definePlugin({ name, config: z.object({}), setup })())
    await expect(testKernel({ plugins })).rejects.toMatchObject({
      problems: [{ code: 'WAQ_COMMAND_DUPLICATE', plugin: 'two', message: expect.stringContaining("'one'") }],
    })
  })

  it('changes the version of the list when it comes and goes', async () => {
    await using test = await kernelWith((ctx) => ctx.handle(echo, ({ text }) => ({ text })))
    const { version } = test.kernel.commands
    await test.kernel.close()
    expect(test.kernel.commands.version).toBeGreaterThan(version)
  })
})

describe('the deadline', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  const slow = (timeoutMs?: number): CommandToken<typeof echo.input, typeof echo.output> =>
    defineCommand('echo.slow', { ...echo, scope: 'instance', ...(timeoutMs !== undefined && { timeoutMs }) })

  it('F2: ends a call that takes longer, aborts its signal, and names the command', async () => {
    const { handler, called } = probe()
    await using test = await kernelWith((ctx) => ctx.handle(echo, handler), { timeoutMs: { command: 1000 } })
    const call = test.run(echo, { text: 'x' })
    const refused = expect(call).rejects.toMatchObject({
      code: 'WAQ_TIMEOUT',
      status: 504,
      plugin: 'echo',
      message: "command 'echo.say' took more than 1000 ms",
    })
    const { signal } = await called
    await vi.advanceTimersByTimeAsync(999)
    expect(signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await refused
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ code: 'WAQ_TIMEOUT' })
  })

  it('is the command’s own where it has one', async () => {
    const { handler } = probe()
    const token = slow(50)
    await using test = await kernelWith((ctx) => ctx.handle(token, handler), { timeoutMs: { command: 1000 } })
    const refused = expect(test.run(token, { text: 'x' })).rejects.toMatchObject({
      message: expect.stringContaining(' 50 ms'),
    })
    await vi.advanceTimersByTimeAsync(50)
    await refused
  })

  it.each([0, Number.POSITIVE_INFINITY, 2 ** 40])('of %s is as good as none', async (timeoutMs) => {
    const { handler, answer, called } = probe()
    const token = slow(timeoutMs)
    await using test = await kernelWith((ctx) => ctx.handle(token, handler))
    const call = test.run(token, { text: 'x' })
    await called
    await vi.advanceTimersByTimeAsync(2 ** 31 - 2)
    answer.resolve({ text: 'late' })
    expect(await call).toEqual({ text: 'late' })
  })

  it('leaves no timer behind, however the call ends', async () => {
    await using test = await kernelWith((ctx) => {
      ctx.handle(echo, async ({ text }) => {
        if (text === 'bad') throw new Error('boom')
        return { text }
      })
    })
    await test.run(echo, { text: 'good' })
    await test.run(echo, { text: 'bad' }).catch(() => {})
    await Promise.resolve()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is missed by a handler whose late rejection then troubles nobody', async () => {
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    const { handler, answer, called } = probe()
    await using test = await kernelWith((ctx) => ctx.handle(echo, handler), { timeoutMs: { command: 10 } })
    const refused = expect(test.run(echo, { text: 'x' })).rejects.toMatchObject({ code: 'WAQ_TIMEOUT' })
    await called
    await vi.advanceTimersByTimeAsync(10)
    await refused
    answer.reject(new Error('too late'))
    // Node tells of unhandled rejections after the microtasks, before the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).toEqual([])
  })
})

describe('the signal of a call', () => {
  it('is aborted by the caller, and the call then says so', async () => {
    const controller = new AbortController()
    const { called } = probe()
    await using test = await kernelWith((ctx) => {
      ctx.handle(
        echo,
        (_, call) =>
          new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason))),
      )
    })
    const refused = expect(test.run(echo, { text: 'x' }, { signal: controller.signal })).rejects.toMatchObject({
      code: 'WAQ_ABORTED',
      status: 499,
    })
    void called
    controller.abort()
    await refused
  })

  it('that was aborted before keeps the handler from running', async () => {
    let ran = false
    await using test = await kernelWith((ctx) => {
      ctx.handle(echo, ({ text }) => {
        ran = true
        return { text }
      })
    })
    await expect(test.run(echo, { text: 'x' }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'WAQ_ABORTED',
    })
    expect(ran).toBe(false)
  })

  it('is aborted when the plugin closes', async () => {
    const { handler, called, answer } = probe()
    const test = await kernelWith((ctx) => ctx.handle(echo, handler))
    const call = test.run(echo, { text: 'x' })
    const { signal } = await called
    expect(signal.aborted).toBe(false)
    await test.kernel.close()
    expect(signal.reason).toMatchObject({ code: 'WAQ_CLOSED', plugin: 'echo' })
    answer.reject(signal.reason)
    await expect(call).rejects.toMatchObject({ code: 'WAQ_CLOSED', status: 503 })
  })

  it('is aborted for a handler that asks for it only after its deadline', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { handler, called } = probe()
    await using test = await kernelWith((ctx) => ctx.handle(echo, handler), { timeoutMs: { command: 10 } })
    const refused = expect(test.run(echo, { text: 'x' })).rejects.toThrow()
    const call = await called
    await vi.advanceTimersByTimeAsync(10)
    await refused
    expect(call.signal.aborted).toBe(true)
    vi.useRealTimers()
  })

  it('is not aborted by a call that went well', async () => {
    let signal: AbortSignal | undefined
    await using test = await kernelWith((ctx) => {
      ctx.handle(echo, ({ text }, call) => {
        signal = call.signal
        return { text }
      })
    })
    await test.run(echo, { text: 'x' })
    expect(signal?.aborted).toBe(false)
  })
})

describe('a call', () => {
  it('carries what its caller said of it', async () => {
    let seen: Call | undefined
    await using test = await kernelWith((ctx) => {
      ctx.handle(echo, ({ text }, call) => {
        seen = call
        return { text }
      })
    })
    await test.run(echo, { text: 'x' }, { id: 'call_1', via: 'rest', idempotencyKey: 'k' })
    expect(seen).toMatchObject({ id: 'call_1', via: 'rest', idempotencyKey: 'k', principal: systemPrincipal })
    await test.run(echo, { text: 'x' })
    expect(seen).toMatchObject({ id: expect.stringMatching(/^call_[0-9A-HJKMNP-TV-Z]{26}$/), via: 'internal' })
    expect(seen?.id).toBe(seen?.id)
    expect(seen?.signal).toBe(seen?.signal)
  })

  it('that a handler passes on acts for its caller, under the same id and signal', async () => {
    const inner = defineCommand('echo.inner', { ...echo, scope: 'instance' })
    let passed: Call | undefined
    await using test = await kernelWith((ctx) => {
      ctx.handle(inner, ({ text }, call) => {
        passed = call
        return { text }
      })
      ctx.handle(echo, ({ text }, call) => ctx.kernel.commands.execute(inner, { text }, call))
    })
    await test.run(echo, { text: 'x' }, { ...writer, id: 'call_1' })
    expect(passed).toMatchObject({ id: 'call_1', principal: writer.principal })
    const guest = { principal: holder(['echo:write'], ['default']) }
    await expect(test.run(inner, { text: 'x', instance: 'other' }, guest)).rejects.toMatchObject({ status: 403 })
  })
})

describe('how a call ended', () => {
  it('is told to those who listen: what, who, by which door, how long, and what went wrong', async () => {
    await using test = await kernelWith((ctx) => {
      ctx.handle(echo, ({ text }) => {
        if (text === 'bad') throw new Error('boom')
        return { text }
      })
    })
    await test.run(echo, { text: 'x' }, { ...writer, id: 'call_1', via: 'rest', address: '192.0.2.7' })
    await test.run(echo, { text: 'bad' }, { ...writer, id: 'call_2' }).catch(() => {})
    await test.run(echo, { text: 'x' }, { principal: null, id: 'call_3' }).catch(() => {})
    const facts = { command: 'echo.say', via: 'internal', durationMs: expect.any(Number) }
    expect(test.events).toMatchObject([
      {
        type: CommandCompleted.id,
        instance: 'default',
        data: { ...facts, callId: 'call_1', via: 'rest', principal: 'key-1', role: 'user', address: '192.0.2.7' },
      },
      {
        type: CommandFailed.id,
        instance: 'default',
        data: {
          ...facts,
          callId: 'call_2',
          principal: 'key-1',
          role: 'user',
          code: 'WAQ_COMMAND_FAILED',
          message: "command 'echo.say' failed: boom",
        },
      },
      {
        type: CommandFailed.id,
        instance: null,
        data: { ...facts, callId: 'call_3', principal: null, role: null, address: null, code: 'WAQ_UNAUTHENTICATED' },
      },
    ])
  })
})
