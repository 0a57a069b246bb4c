/** A plugin object of the older shape. Everything but the name is optional. */
export interface ClassicPlugin {
  readonly name: string
  readonly version?: string
  /** Called once, before anything else. */
  onLoad?(core: ClassicCore): unknown
  /** Called for each message that comes in. */
  onMessage?(message: ClassicMessage): unknown
  /** Called when a session changes its status: `ready`, `disconnected`, … */
  onSessionChange?(status: string, instance: string): unknown
  /** Become commands of the registry: `<name>.<key>`. */
  readonly commands?: Readonly<Record<string, (params: Params, core: ClassicCore) => unknown>>
}

export type Params = Readonly<Record<string, unknown>>

export interface ClassicMessage {
  readonly instance: string
  readonly messageId: string
  readonly chatId: string
  readonly from: string
  readonly author?: string
  readonly body: string
  readonly isGroup: boolean
  readonly timestamp: number
  /** Answers in the chat from which the message came. */
  reply(text: string): Promise<unknown>
}

/** What an older plugin finds in its hands. Each function takes the input of the command that it stands for. */
export interface ClassicCore {
  /** Hears an event by its name (`message.received`) until the plugin closes. */
  on(event: string, listener: (data: unknown, envelope: unknown) => unknown): void
  sendText(params: Params): Promise<unknown>
  sendMedia(params: Params): Promise<unknown>
  createCampaign(params: Params): Promise<unknown>
  controlCampaign(params: Params): Promise<unknown>
  getSessionState(params?: Params): Promise<unknown>
  logout(params?: Params): Promise<unknown>
  restartSession(params?: Params): Promise<unknown>
}

/** Which command each function of the core stands for. */
export const coreCommands = {
  sendText: 'messages.sendText',
  sendMedia: 'messages.sendMedia',
  createCampaign: 'campaigns.create',
  controlCampaign: 'campaigns.control',
  getSessionState: 'session.state',
  logout: 'instances.logout',
  restartSession: 'instances.restart',
} as const satisfies Record<Exclude<keyof ClassicCore, 'on'>, string>
