import type { Behaviour, ChatSummary, ChatView, Control, Deed, Delivery, PhoneView, Scan } from './contract.ts'
import type { Opening, Report, Session } from './network/operations.ts'

/** A virtual network, wherever it runs. */
export interface NetworkAccess {
  /** @param directory the account's own */
  open(opening: Opening, directory: string, report: Report): Session
  control(control: Control): Promise<{ instance: string | null; behaviour: Behaviour }>
  deliver(delivery: Delivery): Promise<{ messageId: string; timestamp: number }>
  phone(deed: Deed): Promise<{ messageId: string; timestamp: number }>
  scan(scan: Scan): Promise<{ number: string }>
  phones(): Promise<{ items: PhoneView[] }>
  chats(instance: string, limit: number): Promise<{ items: ChatSummary[] }>
  chat(instance: string, partner: string, limit: number): Promise<ChatView>
  close(): void
}
