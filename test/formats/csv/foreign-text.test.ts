import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import iconv from 'iconv-lite';
import { csv } from '../../../src/formats/csv/csv.js';
import { isUtf7, likelyEncodings } from '../../../src/formats/csv/foreign-text.js';
import { workdir } from '../../workdir.js';

const texts = {
  chinese:
    '北京市朝阳区 上海 深圳南山 广州天河 张伟 王芳 李娜 人民币 数据科学 质量检查 西安 重庆 武汉大学 苹果手机 牛肉面',
  taiwanese: '台北市 高雄 臺中 陳志明 林淑芬 繁體中文 資料品質 電腦 大學 牛肉麵',
  japanese: '東京都 大阪府 山田太郎 鈴木一郎 札幌市 データ 品質 テスト ひらがな 京都市中京区 りんご メロン',
  korean: '서울특별시 부산 김철수 이영희 대한민국 데이터 품질 사과 제주도 인천',
  russian: 'Москва Санкт-Петербург Иван Казань Анна Данные Екатеринбург Новосибирск Пётр Сергей УФА',
  ukrainian: 'Київ Харків Одеса Львів Дніпро Запоріжжя Миколаїв Вінниця Олена Андрій',
  greek: 'Αθήνα Θεσσαλονίκη Μαρία Νίκος Πάτρα Ηράκλειο Γιώργος Κωνσταντίνος Λάρισα Βόλος',
  hebrew: 'ירושלים תל־אביב חיפה אשדוד נתניה באר שבע שלום מרים אברהם ישראל',
  arabic: 'القاهرة بغداد محمد الرياض دمشق بيروت فاطمة الخرطوم أحمد الجزائر',
  thai: 'กรุงเทพ เชียงใหม่ ภูเก็ต สมชาย ขอนแก่น นครราชสีมา อุดรธานี ชลบุรี ระยอง ลำปาง',
} as const;

/** A table whose words are in two of its columns, in an encoding. */
function table(words: string, encoding: string, rows = 40): Buffer {
  const each = words.split(' ');
  const lines = Array.from(
    { length: rows },
    (_, i) => `${each[i % each.length]},${each[(i * 7 + 3) % each.length]},${i * 1.5}\n`,
  );
  return iconv.encode(`city,name,x\n${lines.join('')}`, encoding);
}

const cases: readonly (readonly [keyof typeof texts, encoding: string, expected?: readonly string[]])[] = [
  ['chinese', 'gbk'],
  ['chinese', 'gb18030', ['gbk']],
  ['taiwanese', 'big5'],
  ['japanese', 'shift_jis'],
  ['japanese', 'euc-jp'],
  ['korean', 'euc-kr'],
  ['korean', 'cp949', ['euc-kr']],
  ['russian', 'windows-1251'],
  ['russian', 'koi8-r', ['koi8-r', 'koi8-u']],
  ['russian', 'iso-8859-5'],
  ['russian', 'cp866', ['ibm866']],
  ['ukrainian', 'windows-1251'],
  ['ukrainian', 'koi8-u'],
  ['greek', 'windows-1253', ['windows-1253', 'iso-8859-7']],
  ['hebrew', 'windows-1255'],
  ['arabic', 'windows-1256'],
  ['arabic', 'iso-8859-6', ['iso-8859-6', 'windows-874']],
  ['thai', 'windows-874'],
];

describe('a text that is not UTF-8', () => {
  const dir = workdir();
  const findings = async (name: string, bytes: Buffer) => {
    dir.write(name, bytes);
    const { description } = await csv.open(join(dir.path, name), { csv: {} });
    return description.findings;
  };

  for (const [language, encoding, expected = [encoding]] of cases) {
    it(`is said to fit its encoding: ${language} in ${encoding}`, async () => {
      const bytes = table(texts[language], encoding);
      assert.deepEqual(likelyEncodings(bytes), expected);
      const [first] = (await findings('a.csv', bytes)).filter(({ code }) => code === 'guessed-encoding');
      assert.equal(first?.level, 'check');
      assert.ok(
        first.sentence.includes(`set "input.csv.encoding" to ${expected.join(' or ')}, which its bytes fit`),
      );
    });
  }

  it('is not said to fit one that it does not: western and central European texts, and damage', () => {
    const german = 'München Köln Straße Größe Übung Äpfel Düsseldorf Fußgänger';
    const polish = 'Łódź Kraków Żółć Wrocław Świętokrzyskie Gdańsk Poznań Częstochowa';
    const french = 'Orléans Évreux Besançon Noël Sète Nîmes Forêt Château';
    for (const encoding of ['windows-1252', 'cp850', 'macintosh'])
      for (const words of [german, french])
        assert.deepEqual(likelyEncodings(table(words, encoding)), [], encoding);
    for (const encoding of ['windows-1250', 'iso-8859-2', 'cp852'])
      assert.deepEqual(likelyEncodings(table(polish, encoding)), [], encoding);
    const damaged = Buffer.concat([Buffer.from('a,b\n1,\xff\n', 'latin1'), Buffer.from('2,é\n')]);
    assert.deepEqual(likelyEncodings(damaged), []);
  });

  it('names every encoding that a few characters fit, the right one among them', () => {
    const few = Buffer.concat([Buffer.from('n,x\n'), iconv.encode('서울부산,1\n인천,2\n', 'euc-kr')]);
    assert.ok(likelyEncodings(few).includes('euc-kr'));
    assert.ok(likelyEncodings(few).length > 1);
  });

  it('is refused by name, with the way to convert it, in an encoding that cannot be read', async () => {
    const open = (bytes: Buffer) => findings('b.csv', bytes);
    await assert.rejects(open(Buffer.from('city,x\n~{11>)~},1\n~{IO:#~},2\n')), {
      reason: 'not-text',
      message: /is text in HZ/,
      hint: /iconv -f HZ -t UTF-8/,
    });
    await assert.rejects(open(Buffer.from('\x1b$)Ccity,x\n\x0e<-?o\x0f,1\n')), { message: /ISO-2022-KR/ });
    const ebcdic = 'c1948540a7256b81938593256bf1f2f34bf525d7818999a225c5d46bf7f8256bf9f0f0';
    await assert.rejects(open(Buffer.from(ebcdic, 'hex')), { message: /IBM037/ });
    assert.deepEqual(await findings('ok.csv', Buffer.from('path,x\n~/a,1\n~{b},2\n~~,3\n')), []);
  });
});

describe('UTF-7', () => {
  for (const words of Object.values(texts)) {
    it(`is recognised: ${words.slice(0, 20)}`, () => {
      assert.equal(isUtf7(table(words, 'utf-7')), true);
      assert.equal(isUtf7(table(words, 'utf-7', 2)), true);
    });
  }

  it('is said, and read right by the key that is named', async () => {
    const dir = workdir();
    dir.write('a.csv', table(texts.japanese, 'utf-7'));
    const said = await csv.open(join(dir.path, 'a.csv'), { csv: {} });
    assert.match(said.description.findings[0]!.sentence, /UTF-7.*"input\.csv\.encoding" to utf-7/);
    const told = await csv.open(join(dir.path, 'a.csv'), { csv: { encoding: 'utf-7' } });
    assert.deepEqual(told.description.findings, []);
  });

  it('is not seen in numbers, addresses, formulas and names with a plus', () => {
    const cells = [
      '+49 170 1234567',
      '+4917012345678',
      'C++',
      'a+b=c',
      'ann+news@example.com',
      '+1',
      '1e+05',
      '+0.5',
      'O+',
      'AB+',
      '+ADD+',
      'A+-B',
    ];
    for (const cell of cells)
      assert.equal(isUtf7(Buffer.from(`a,b\n${cell},1\n${cell}x,2\n+12345678,3\n`)), false, cell);
  });
});
