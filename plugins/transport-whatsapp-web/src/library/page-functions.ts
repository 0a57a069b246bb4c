type Handler = (...args: never[]) => unknown

/** A page that functions of this process can be put into. */
export interface ExposingPage {
  exposeFunction(name: string, handler: Handler): Promise<void>
  evaluate(work: (name: string) => void, name: string): Promise<unknown>
}

/**
 * Has all functions that are exposed to the page from here on go through a single one, which is there from the beginning.
 * Exposed one by one, as the library does, a reload at the wrong moment leaves a function half exposed: it is missing in the
 * page, and cannot be exposed again. Functions are put into the document that is there; the library does so for each.
 */
export async function exposeThroughOne(page: ExposingPage): Promise<void> {
  const handlers = new Map<string, Handler>()
  await page.exposeFunction('waqtorCall', (name: string, ...args: never[]) => handlers.get(name)?.(...args))
  page.exposeFunction = async (name, handler) => {
    handlers.set(name, handler)
    await page.evaluate(putIntoPage, name)
  }
}

/** Evaluated in the page: nothing from outside exists for it. The page remembers which of the functions it has called. */
function putIntoPage(name: string): void {
  const page = globalThis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  const calls = globalThis as { waqtorCalled?: Record<string, true> }
  page[name] = (...args) => {
    calls.waqtorCalled = { ...calls.waqtorCalled, [name]: true }
    return page.waqtorCall!(name, ...args)
  }
}
