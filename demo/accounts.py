"""The people of the demonstration. Names and accounts are invented; each stands for one kind of person."""

import hashlib
from dataclasses import dataclass

HOSTED_DOMAIN = "gl.cc.uec.ac.jp"
"""The domain of UEC cloud accounts at the identity provider."""


@dataclass(frozen=True)
class DemoAccount:
    """One person: what the provider claims, what the roster says, and what `demo.load` grants."""

    account: str
    name_ja: str
    name_en: str
    affiliation_ja: str
    affiliation_en: str
    part_ja: str
    """What the person is there to show."""
    part_en: str
    employment: str
    """A value of accounts.EmploymentKind; "" when the roster does not know the person."""
    roles: tuple[str, ...] = ()
    """Values of accounts.Role."""
    zones: tuple[str, ...] = ()
    """Zones of the demonstration that the person administers."""
    hosted_domain: str = HOSTED_DOMAIN
    mail_domain: str = HOSTED_DOMAIN

    @property
    def mail(self) -> str:
        return f"{self.account}@{self.mail_domain}"

    @property
    def sub(self) -> str:
        """The same at every start, and as little telling as a real provider's."""
        return str(int(hashlib.sha256(self.account.encode()).hexdigest(), 16))[:21]

    @property
    def is_on_roster(self) -> bool:
        return bool(self.employment)


FACULTY = DemoAccount(
    account="suzuki",
    name_ja="鈴木 遥",
    name_en="Haruka Suzuki",
    affiliation_ja="大学院情報理工学研究科",
    affiliation_en="Graduate School of Informatics and Engineering",
    part_ja="常勤教員（申請責任者）",
    part_en="Full-time faculty: applies for certificates",
    employment="FULL_TIME_FACULTY",
)
SECOND_FACULTY = DemoAccount(
    account="takahashi",
    name_ja="髙橋 健一",
    name_en="Kenichi Takahashi",
    affiliation_ja="大学院情報理工学研究科",
    affiliation_en="Graduate School of Informatics and Engineering",
    part_ja="常勤教員（証明書管理者・サークル顧問）",
    part_en="Full-time faculty: certificate manager, adviser of a student club",
    employment="FULL_TIME_FACULTY",
)
STAFF = DemoAccount(
    account="yamamoto",
    name_ja="山本 明美",
    name_en="Akemi Yamamoto",
    affiliation_ja="学務部学生課",
    affiliation_en="Student Affairs Division",
    part_ja="常勤職員",
    part_en="Full-time staff",
    employment="FULL_TIME_STAFF",
)
STUDENT = DemoAccount(
    account="sato",
    name_ja="佐藤 翔太",
    name_en="Shota Sato",
    affiliation_ja="情報理工学域",
    affiliation_en="School of Informatics and Engineering",
    part_ja="学生（サークルの証明書管理者）",
    part_en="Student: certificate manager of a club",
    employment="STUDENT",
)
PART_TIME = DemoAccount(
    account="kobayashi",
    name_ja="小林 直子",
    name_en="Naoko Kobayashi",
    affiliation_ja="大学院情報理工学研究科",
    affiliation_en="Graduate School of Informatics and Engineering",
    part_ja="非常勤職員（申請できません）",
    part_en="Part-time staff: may not apply",
    employment="PART_TIME",
)
REGISTRAR = DemoAccount(
    account="tanaka",
    name_ja="田中 誠",
    name_en="Makoto Tanaka",
    affiliation_ja="情報基盤センター",
    affiliation_en="Information Technology Center",
    part_ja="登録担当者",
    part_en="Registrar",
    employment="FULL_TIME_STAFF",
    roles=("REGISTRAR",),
)
SECOND_REGISTRAR = DemoAccount(
    account="watanabe",
    name_ja="渡邊 由美",
    name_en="Yumi Watanabe",
    affiliation_ja="情報基盤センター",
    affiliation_en="Information Technology Center",
    part_ja="登録担当者（2人目）",
    part_en="Registrar, the second one",
    employment="FULL_TIME_STAFF",
    roles=("REGISTRAR",),
)
AUDITOR = DemoAccount(
    account="ito",
    name_ja="伊藤 恵",
    name_en="Megumi Ito",
    affiliation_ja="監査室",
    affiliation_en="Audit Office",
    part_ja="監査担当者（閲覧のみ）",
    part_en="Auditor: reads, decides nothing",
    employment="FULL_TIME_STAFF",
    roles=("AUDITOR",),
)
ZONE_ADMINISTRATOR = DemoAccount(
    account="nakamura",
    name_ja="中村 大輔",
    name_en="Daisuke Nakamura",
    affiliation_ja="大学院情報理工学研究科",
    affiliation_en="Graduate School of Informatics and Engineering",
    part_ja="ドメイン管理者（cs.uec.ac.jp）",
    part_en="Zone administrator of cs.uec.ac.jp",
    employment="FULL_TIME_FACULTY",
    zones=("cs.uec.ac.jp",),
)
SECOND_ZONE_ADMINISTRATOR = DemoAccount(
    account="matsumoto",
    name_ja="松本 さくら",
    name_en="Sakura Matsumoto",
    affiliation_ja="情報基盤センター",
    affiliation_en="Information Technology Center",
    part_ja="ドメイン管理者（uec.ac.jp・ee.uec.ac.jp・club.uec.ac.jp）",
    part_en="Zone administrator of uec.ac.jp, ee.uec.ac.jp, club.uec.ac.jp",
    employment="FULL_TIME_STAFF",
    zones=("uec.ac.jp", "ee.uec.ac.jp", "club.uec.ac.jp"),
)
NOT_ON_ROSTER = DemoAccount(
    account="kato",
    name_ja="加藤 未来",
    name_en="Miku Kato",
    affiliation_ja="",
    affiliation_en="",
    part_ja="名簿にない人（着任したばかり）",
    part_en="Not on the roster: arrived yesterday",
    employment="",
)

ACCOUNTS = (
    FACULTY,
    SECOND_FACULTY,
    STAFF,
    STUDENT,
    PART_TIME,
    ZONE_ADMINISTRATOR,
    SECOND_ZONE_ADMINISTRATOR,
    REGISTRAR,
    SECOND_REGISTRAR,
    AUDITOR,
    NOT_ON_ROSTER,
)
