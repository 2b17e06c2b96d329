import { words } from '../words.ts';

// JSON texts after the grammar of RFC 8259, each by the rule that it is an instance of, or breaks.

const repeated = (text: string, times: number) => text.repeat(times);

/** Texts that JSON has. A pair: the text, and the same without the spaces between its tokens. */
export const ACCEPTED: Readonly<Record<string, readonly (string | readonly [text: string, stored: string])[]>> = {
  'a number': words`0 -0 1 -1 123 1.5 -0.1 0.0 -0.0 1.000 1e1 1E1 1e+1 1e-1 1.5e300 0e1 0E+0 20e1 1e00 -1.25e-07
    0.1234567890123456789 12345678901234567890`,
  'a number that no double holds': words`1e400 -1e400 1e-400 9007199254740993 123456789012345678901234567890 0.1e99999
    1e999999999`,
  'a literal': words`true false null`,
  'a string': [
    ...words`"" "a" "é" "日本" "😀" "👩‍👩‍👧" "a/*b*/c//d" "[,{}:]" "__proto__"`,
    '" "',
    '"a  b"',
    '"\u007f"',
    '"e\u0301"',
    '"\u{10ffff}"',
    '"\uffff"',
    '"\u2028\u2029"',
    '"\u200b"',
    '"\u202e"',
    '"\ufeff"',
    '"\ufffd"',
    `"${repeated('a', 10_000)}"`,
  ],
  'an escape': words`"\"" "\\" "\/" "\b\f\n\r\t" "\u0041" "\u0000" "\u00e9\u00E9" "\uD83D\uDE00" "\u2028" "\\u0000"
    "\u005C\u0022" "\\\"" "\uFFFF\uFDD0"`,
  'an escaped half of a pair': words`"\ud800" "\udc00" "\udc00\ud800" "\uD800\n" "\ud800\ud800\udc00" "\uD800a"`,
  'an array': [
    ...words`[] [[]] [1,2] [null,true,false,0,""] ["]","["] [{},{"a":[]}]`,
    `${repeated('[', 500)}${repeated(']', 500)}`,
  ],
  'an object': [
    ...words`{} {"a":{}} {"":0} {"a":1,"b":2} {"\u0061":1} {"toString":null,"hasOwnProperty":1}`,
    '{"a b":"}"}',
    `${repeated('{"a":', 200)}1${repeated('}', 200)}`,
    `{${Array.from({ length: 12_000 }, (_, i) => `"k${i}":0`).join(',')}}`,
  ],
  'a name that comes twice': words`{"a":1,"a":2} {"a":1,"a":1} {"a":1,"\u0061":2} {"payload":1,"payload":2}`,
  'a name that every object inherits': words`{"__proto__":1} {"constructor":{"prototype":{"x":1}}} {"__proto__":{"a":1}}`,
  'spaces between tokens': [
    [' 1 ', '1'],
    ['[ ]', '[]'],
    ['\t[\r\n1 ,\n2\t]\r\n', '[1,2]'],
    ['{ "a" : [ 1 , { } ] }', '{"a":[1,{}]}'],
    [String.raw`[" a ", "\" "]`, String.raw`[" a ","\" "]`],
  ],
};

/** Texts that JSON does not have. */
export const REFUSED: Readonly<Record<string, readonly string[]>> = {
  nothing: ['', ' ', '\n'],
  'a number of another notation': [
    ...words`+1 01 -01 00 - .5 -.5 1. 1.e1 1e 1e+ 1E- 1e1.5 0x1 0b1 0o7 1_000 1,000 NaN -NaN Infinity -Infinity inf 1a
      1.2.3 --1 １ 1e１ 1e9e9 . + e1 ١ 1n ½ −1 08 0e -e1 1/2 $1 1%`,
    '- 1',
    '1 2',
  ],
  'a literal of another language': words`True TRUE nul tru nulll undefined None nil truefalse yes NULL`,
  'a string that is not closed, or not quoted': [...words`" "a a" a "\" "a"b "a\ `, '"a" "b"'],
  'quotes of another language': [...words`'a' “a” «a» """a""" r'a'`, '`a`'],
  'an escape of another language': [
    ...words`"\x41" "\a" "\u" "\u0" "\u00" "\u000" "\u00G0" "\U0041" "\u{41}" "\'" "\0" "\101" "\e" "\uD800\u" "\u-041" "\é"
      "\😀" \u0022a\u0022`,
    String.raw`"\ "`,
    String.raw`"\u 041"`,
    '"\\\n"',
    '"\\\t"',
  ],
  'a control character in a string': ['"a\nb"', '"a\tb"', '"\0"', '"\u001f"', '"\r"', '"\u001b[31m"', '{"a\n":1}'],
  'an array that is not one': [
    ...words`[ ] [1 [1, [1,] [,1] [,] [1,,2] [1:2] [1;2] [} [[] [1]] [1} [3[4]] (1) <1> [...] [1,2 [,,,,]`,
    '[1 2]',
    '["a" 1]',
    '[1\n',
    repeated('[', 1_000),
    repeated('[', 100_000),
  ],
  'an object that is not one': [
    ...words`{ } {] {"a"} {"a":} {"a"::1} {"a":1,} {,} {,"a":1} {"a":1,,"b":2} {a:1} {'a':1} {1:1} {null:1} {[]:1} {"a":1
      {"a" {"a":"b {"a",1} {"a"=1} {}} {[} {"a":1] {"a":1;"b":2} {"a":1}{"b":2} {"a":{"b":1} {"a"=>1} {…} {"a":a}`,
    '{"a" 1}',
    '{"a":1 "b":2}',
    repeated('{"a":', 1_000),
  ],
  'something after, before or between': [
    ...words`1//c 1/*c*/ /*c*/1 1; [1]x [1/*c*/,2]`,
    '1 x',
    '#c\n1',
    '1\0',
    '\u{0}1',
    '[] []',
    '{} 1',
    '[1,//c\n2]',
  ],
  'a space that JSON does not know': [
    '\u00a01',
    '1\u00a0',
    '\u20281',
    '1\u2029',
    '1\u3000',
    '\u000b1',
    '\f1',
    '\ufeff1',
    '\u2060[]',
    '[\u200b]',
    '\u180e1',
    '\u00851',
  ],
};

const inQuotes = (...bytes: readonly number[]): Buffer => Buffer.from([0x22, ...bytes, 0x22]);

/** Bytes that are no UTF-8 (RFC 3629, section 3). */
export const NO_UTF8: Readonly<Record<string, Buffer>> = {
  'an overlong solidus of two bytes': inQuotes(0xc0, 0xaf),
  'an overlong solidus of three bytes': inQuotes(0xe0, 0x80, 0xaf),
  'an overlong solidus of four bytes': inQuotes(0xf0, 0x80, 0x80, 0xaf),
  'an overlong quote': Buffer.from([0xc0, 0xa2, 0x61, 0xc0, 0xa2]),
  'an overlong NUL': inQuotes(0xc0, 0x80),
  'half of a pair': inQuotes(0xed, 0xa0, 0x80),
  'both halves of a pair, as CESU-8': inQuotes(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
  'a lone continuation': inQuotes(0x80),
  'an impossible byte': inQuotes(0xff),
  'another impossible byte': inQuotes(0xfe),
  'two bytes of three': inQuotes(0xe2, 0x82),
  'one byte of two': inQuotes(0xc3),
  'a code point above the last': inQuotes(0xf4, 0x90, 0x80, 0x80),
  'a sequence of five': inQuotes(0xf8, 0x88, 0x80, 0x80, 0x80),
  'a sequence of six': inQuotes(0xfc, 0x84, 0x80, 0x80, 0x80, 0x80),
  'Latin 1': inQuotes(0xe9),
  'a broken byte outside of strings': Buffer.from([0x31, 0xff]),
  'a broken name': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
};

const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const wide = (text: string): Buffer => Buffer.concat([...text].map((one) => Buffer.from([one.charCodeAt(0), 0, 0, 0])));

/** What a whole document may be that is not one: each is made of one that is right. */
export const BROKEN_DOCUMENTS: Readonly<Record<string, (right: string) => Buffer | string>> = {
  'with a byte order mark': (right) => `\ufeff${right}`,
  'in UTF-16, little end first': (right) => Buffer.from(right, 'utf16le'),
  'in UTF-16, big end first': swapped,
  'in UTF-16 with a byte order mark': (right) => Buffer.from(`\ufeff${right}`, 'utf16le'),
  'in UTF-32': wide,
  'with a record separator before it': (right) => `\u001e${right}`,
  'with a NUL after it': (right) => `${right}\0`,
  'with another after it': (right) => `${right}${right}`,
  'with a comma after it': (right) => `${right},`,
  'with a guard before it': (right) => `)]}',\n${right}`,
  'with a call around it': (right) => `callback(${right})`,
  'without its last byte': (right) => right.slice(0, -1),
  'without its first byte': (right) => right.slice(1),
  'in a list': (right) => `[${right}]`,
  'as a text': (right) => JSON.stringify(right),
  'that is null': () => 'null',
  'that is a number': () => '1',
  'that is empty': () => '',
  'that is all spaces': () => ' \n\t ',
  'with a name that every object inherits': (right) => right.replace('{', '{"__proto__":{"a":1},'),
  'with the other such name': (right) => right.replace('{', '{"constructor":1,'),
  'with such a name in escapes': (right) => right.replace('{', String.raw`{"__\u0070roto__":1,`),
  'with a member that nobody knows': (right) => right.replace('{', '{"surplus":1,'),
  'as deep as nobody needs': (right) => right.replace('{', `{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`),
  'with more names than anybody needs': (right) =>
    right.replace('{', `{"many":{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":0`).join()}},`),
};
