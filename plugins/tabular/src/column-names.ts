/** What a column can be to a person. */
export type Role = 'phone' | 'name' | 'language' | 'tags' | 'consent' | 'consentSource' | 'consentAt'

/** How people name their columns, folded by `foldName`, in English, Arabic, Persian, French, Spanish, Portuguese, German, Turkish and Indonesian. */
const names: Readonly<Record<Role, string>> = {
  phone:
    'phone phonenumber phoneno number mobile mobilenumber mobileno mobilephone to whatsapp whatsappnumber tel telephone telephonenumber msisdn cell cellphone ' +
    'هاتف الهاتف رقم الرقم رقمالهاتف رقمهاتف جوال الجوال رقمالجوال موبايل الموبايل رقمالموبايل واتساب رقمالواتساب محمول المحمول ' +
    'تلفن موبایل شماره شمارهتلفن شمارهموبایل شمارهتماس تلفنهمراه واتساپ ' +
    'téléphone numéro numérodetéléphone portable teléfono móvil celular telefone telemóvel telefon númerodetelefone telefonnummer handy handynummer ' +
    'telefonnumarası ceptelefonu cep nomor nomorhp nohp hp telepon ponsel',
  name:
    'name fullname contact contactname customer customername displayname client clientname ' +
    'الاسم اسم الاسمالكامل اسمالعميل العميل نام نامکامل نامونامخانوادگی نامخانوادگی مشتری ' +
    'nom nomcomplet nombre nombrecompleto nome nomecompleto vollständigername isim ad adsoyad nama namalengkap',
  language: 'language lang locale languagecode اللغة لغة زبان langue idioma língua sprache dil bahasa',
  tags: 'tags tag labels label groups group الوسوم وسوم وسم التصنيف المجموعة المجموعات برچسب برچسبها گروه étiquettes etiquetas gruppe etiket grup',
  consent:
    'consent optin optedin consenttext الموافقة موافقة رضایت consentement consentimiento consentimento einwilligung onay persetujuan',
  consentSource: 'consentsource optinsource مصدرالموافقة منبعرضایت',
  consentAt: 'consentat consentdate optinat optindate تاريخالموافقة تاریخرضایت',
}

const roles = new Map(
  Object.entries(names).flatMap(([role, words]) => words.split(' ').map((it) => [foldName(it), role as Role] as const)),
)

/** A name without case, spaces, dashes, vowel signs, and what invisible characters stand in it. */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.:*#()\u0640\p{Mn}\p{Cf}\p{Pd}]/gu, '')
}

export function roleOf(name: string): Role | undefined {
  return roles.get(foldName(name))
}
