export { type CountryCode, requireChatId, toChatId } from './chat-id.ts'
export { zonesOf } from './zones.ts'
