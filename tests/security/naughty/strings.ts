import { words } from '../words.ts';

// Texts that programs have stumbled over: each may come in any field that a person or a program can fill in.

/** By what they try. */
const NAUGHTY: Readonly<Record<string, readonly string[]>> = {
  'nothing, or nearly': ['', ' ', '  ', '\t', '\n', '.', '..', '-', '_', '0', '\0', 'a\0b', '\u00a0', '\u3000'],
  'words that mean something to a program': words`null NULL undefined nil None true false NaN Infinity hasOwnProperty
    constructor __proto__ prototype toString then CON aux.txt COM1 Scunthorpe admin root`,
  'numbers as text': words`1.0 -1 1e400 0x1F 01 1/0 9007199254740993 99999999999999999999999 １２３ ٣ ½ −1 1,000.00 1_000
    2026-02-30T25:61:61Z`,
  'characters that are not seen':
    `a\u200bb a\u00adb \ufeffa a\u2060b \u200d \ufe0f \u{e0061} \u180e \u034f a\u2028b a\u2029b \u0085`.split(' '),
  'writing from right to left': ['\u202egnp.exe', 'ثم نفس سقطت', 'בְּרֵאשִׁית', '\u2066a\u2069', 'abc\u200fdef', '\u061c1'],
  'marks upon marks, and letters that change': [
    ...words`ﬃ ǅ ß İ ı K Å 각`,
    'e\u0301',
    'Z\u0351\u036b\u0302a\u0321',
    '\u0301',
  ],
  'beyond the first plane': [
    ...words`😀 👩‍👩‍👧‍👦 🇳🇱 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👍🏿 𝕳𝖊𝖑𝖑𝖔 𠜎 ❤️`,
    '\u{10ffff}',
    '\u{1f3f4}\u200d\u2620\ufe0f',
    '\ud800',
    'a\udc00',
    '\uffff',
    '\ufffd',
  ],
  'other writing': words`田中さんにあげて下さい 社會科學院 울란바토르 Ω≈ç√∫ ⁰⁴⁵₀₁₂ (╯°□°）╯︵┻━┻) ЁЂЃ ᚻᛖᚳᚹᚫᚦ ‘’“”`,
  'a database': [
    ...words`' " % _% %% $$ $1 '; pg_sleep(9) {"$gt":""} \x41 E'\\x00'`,
    "' OR '1'='1",
    '1;DROP TABLE message--',
    `'; DROP TABLE "user"; --`,
    `' UNION SELECT password_hash FROM "user"--`,
  ],
  'a page': [
    ...words`<script>alert(1)</script> javascript:alert(1) &lt;b&gt; <!-- ]]> {{7*7}} \${7*7} #{7*7} </title> <IMG"""><SCRIPT>`,
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    `' onmouseover='alert(1)`,
    '<%= 7*7 %>',
    '<a href="//e.example">',
  ],
  'a shell': [
    '$(touch /tmp/x)',
    '`id`',
    '; ls',
    '| cat',
    '&& id',
    '() { :;}; echo',
    ...words`$HOME ~ * -rf --version >/dev/null %PATH% !!`,
  ],
  'a path': words`../../../../etc/passwd ..\..\x /etc/passwd C:\x %2e%2e%2f ..%00/ file:///etc/passwd \\host\share .git/config %zz`,
  'a format': words`%s%s%s%n %d %x {0} %1$s {__class__} %99999d`,
  'a log or a terminal': [
    '\u001b[31mred',
    'a\r\nb',
    '\r\nset-cookie: a=b',
    '\u001b]0;x\u0007',
    '\u0008\u0008',
    '\u007f',
    '\u009b31m',
    'level=error msg="x"',
    '\n{"event":"forged"}',
  ],
  'another language': [
    ...words`=1+1 @SUM(1) *)(uid=* ---`,
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;',
    '!!js/function x',
    '- a: *b',
    '<?xml version="1.0"?>',
  ],
  'an address': words`http://a/%%30%30 http://[::1 https://user:pw@h/ //h http://0x7f.1/ http://１２７.0.0.1 did: mailto:a@b`,
  'much of it': [
    'x'.repeat(256),
    '☃'.repeat(2_049),
    'x'.repeat(70_000),
    'a.'.repeat(200),
    '('.repeat(5_000),
    '😀'.repeat(255),
  ],
};

export const ALL_NAUGHTY: readonly string[] = Object.values(NAUGHTY).flat();
