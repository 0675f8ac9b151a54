"""What to write instead of a character that NII's files cannot hold: suggestions for a person, never applied silently.

Each entry is the character followed by its replacement. A replacement is offered only where the two are commonly
accepted as the same letter (old and new form, printing variant, simplified Chinese form of a name); everything else has
no entry, and the person is asked to write the name in another way, for example in kana.
`tests/unit/tsv/test_characters.py` proves that no key can be written to a file and that every replacement can.
"""

from __future__ import annotations

_NAMES = """
髙高 﨑崎 濵浜 德徳 瀨瀬 彅なぎ 增増 寬寛 悅悦 敎教 橫横 淸清 綠緑 緖緒 薰薫 賴頼 郞郎 鄕郷
靑青 黑黒 曻昇 桒桑 栁柳 羡羨 甁瓶 閒間 贒賢 冝宜 凬風 兊兌 勛勲 咊和 喆哲 悊哲 愠慍 杦杉
昻昂 暠皓 曺曹 榘矩 煇輝 凞熙 﨤返 﨔欅 﨟臈 靍鶴 靏鶴 鈆鉛 嵓巌 甯寧 摠総 隝島 隯島 埈峻 驎麟
晳皙 裵裴 罇樽 鄧トウ 崧嵩 塡填 剝剥 頰頬 啞唖 噓嘘 嚙噛 囊嚢 搔掻 摑掴 潑溌
瀆涜 焰焔 瘦痩 禱祷 簞箪 繡繍 繫繋 萊莱 蔣蒋 蠟蝋 軀躯 醬醤 醱醗 鷗鴎 麴麹 麵麺 顚顛 驒騨 鹼鹸
屛屏 幷并 姸妍 𠮷吉 𠮟叱 𣘺橋 槗橋 𥔎碕 㟢崎 㟁岸 㐂喜 㔟勢 吿告 吳呉 戶戸 步歩 每毎 內内 卽即
查査 產産 稅税 說説 脫脱 銳鋭 閱閲 緣縁 錄録 黃黄 虛虚 尙尚 溫温 彥彦 徵徴 戾戻 揭掲 擊撃 曆暦
歷歴 桺柳 淚涙 涉渉 狀状 畵画 硏研 絕絶 逺遠 柗松 𡈽土 㓛功 㚑霊 㝡最 㠀島 凮風 宻密 泻潟 渴渇
芲花 闗関 鄊郷 鶽隼 覌観 囯国 囻国 麄麁 叓事 巢巣 橹櫓 檝楫 姬姫 鎻鎖 鍳鑑 䄂袖 𦚰脇 𦊆岡
𨺓隆 𩵋魚 𠀋丈 𡸴嶮 𣳾泰 玅妙 鍊錬 猨猿 貟員 盌椀 卄廿 亝斉 㑹会 亱夜 勑勅 圡土 壄埜 夀寿 娛娯
宫宮 惪徳 旣既 朙明 柹柿 櫔栃 矦侯 秌秋 聦聡 鄉郷 酧酬 雞鶏 靎鶴 饍膳 鬭闘 鳯鳳 龢和
"""
"""Variants in Japanese names and words: NEC and IBM extensions of CP932, JIS X 0213, and Unicode only."""

_SIMPLIFIED = """
张張 刘劉 陈陳 杨楊 赵趙 吴呉 孙孫 马馬 郑鄭 冯馮 谢謝 韩韓 许許 苏蘇 卢盧 龙竜 贺賀 顾顧 钱銭
汤湯 罗羅 韦韋 谭譚 邹鄒 陆陸 闫閻 阎閻 贾賈 萧蕭 钟鍾 邓トウ 吕呂 严厳 华華 红紅 丽麗 伟偉
强強 军軍 东東 刚剛 飞飛 宁寧 艳艶 庆慶 颖穎 岚嵐 鹏鵬 鸿鴻 泽沢 兰蘭 莲蓮 亚亜 义義 书書 晓暁
业業 乐楽 乔喬 习習 乌烏 仪儀 传伝 伦倫 凤鳳 则則 创創 剑剣 务務 劳労 勋勲 发発 变変 启啓 园園
图図 圣聖 坚堅 备備 处処 头頭 奖奨 实実 审審 宪憲 宽寛 寻尋 对対 导導 尔爾 岁歳 岛島 师師 帅帥
应応 开開 异異 归帰 录録 忆憶 怀懐 总総 战戦 扬揚 护護 择択 挥揮 时時 旷曠 显顕 晖暉 术術 权権
极極 构構 枫楓 标標 树樹 样様 栋棟 桥橋 欢歓 歼殲 毕畢 汉漢 沪滬 济済 浏瀏 润潤 滨浜 潇瀟 澜瀾
灵霊 灿燦 炼錬 焕煥 爱愛 玛瑪 环環 现現 玺璽 珑瓏 琼瓊 璎瓔 疗療 皑皚 监監 矿鉱 砚硯 础礎 祯禎
种種 积積 穷窮 竞競 笔筆 简簡 类類 纪紀 纯純 纲綱 纳納 纵縦 练練 组組 细細 织織 终終 绍紹 经経
结結 绘絵 给給 络絡 绝絶 统統 维維 绮綺 绿緑 缘縁 聪聡 职職 联聯 肃粛 胜勝 脑脳 苍蒼 苇葦 药薬
荣栄 莹瑩 营営 蓝藍 蔷薔 蕴蘊 虑慮 见見 观観 规規 视視 览覧 觉覚 计計 认認 议議 记記 讲講 论論
设設 证証 诗詩 诚誠 语語 说説 课課 谊誼 谦謙 贝貝 贞貞 财財 责責 贤賢 质質 贵貴 费費 资資 赖頼
赛賽 跃躍 车車 轩軒 转転 软軟 载載 辉輝 辑輯 边辺 达達 迁遷 过過 运運 进進 远遠 连連 迟遅 选選
释釈 鉴鑑 钢鋼 钧鈞 铁鉄 银銀 锋鋒 锐鋭 锡錫 锦錦 长長 门門 闪閃 闻聞 阳陽 阴陰 阵陣 阶階 际際
陕陝 难難 雾霧 霁霽 页頁 项項 顺順 领領 题題 颜顔 风風 饶饒 馆館 驰馳 骆駱 骏駿 骥驥 鱼魚 鲁魯
鲍鮑 鸣鳴 鹤鶴 齐斉 龄齢
"""
"""Simplified Chinese characters that occur in names, with the form that JIS X 0208 has."""

_SIGNS = """
—― –― ‑‐ ‒‐ ﹣- ·・ •・ ‧・ ⋅・ ⋯… ⁓〜 ∼〜 ﹏＿ €EUR ©(C) ®(R) ¥￥
‾￣ ‚, „“ ‹＜ ›＞ «《 »》 ʼ’ ʻ‘ ˋ` ⇨→ ➔→ ➡→ ✓レ ✔レ ☎TEL ☏TEL
♡ハート ❤ハート ⁄/ ∕/ ╱／ ￤｜ ¦| ＂” ＇’ ßss æae ÆAE œoe ŒOE øo ØO
łl ŁL đd ĐD ðd þth ıi ヷヴァ ヸヴィ ヹヴェ ヺヴォ ゔヴ ゕヵ ゖヶ
"""
"""Signs, Latin letters and kana without a code in JIS X 0208. Compatibility forms (①, ㈱, ½) need no entry:
Unicode normalisation NFKC finds those."""

REPLACEMENTS: dict[str, str] = {entry[0]: entry[1:] for entry in f"{_NAMES} {_SIMPLIFIED} {_SIGNS}".split()}
"""Character → suggested text (one or more characters)."""
