"""The identity provider's pages: the list of people, and what is said when a request cannot be served."""

from collections.abc import Iterable
from html import escape

from demo.accounts import DemoAccount
from demo.pages import page


def choose(accounts: Iterable[DemoAccount], transaction: str, *, client: str) -> str:
    """Return the page on which one click signs in as one of `accounts`."""
    people = "\n".join(_person(account) for account in accounts)
    return page(
        "アカウントの選択 / Choose an account",
        f"""<h1>UECクラウドアカウントの選択 <span class="soft" lang="en">Choose an account</span></h1>
<p>「{escape(client)}」にログインする人を選んでください。パスワードはありません。<br>
<span class="soft" lang="en">Choose who signs in. There is no password: this stand-in lets anybody in.</span></p>
<form method="post" action="/authorize">
<input type="hidden" name="transaction" value="{escape(transaction)}">
<ul class="people">
{people}
</ul>
</form>""",
    )


def _person(account: DemoAccount) -> str:
    affiliation = account.affiliation_ja or "所属なし"
    return f"""<li><button name="account" value="{escape(account.account)}">
<span class="part">{escape(account.part_ja)}</span>
<span class="name">{escape(account.name_ja)}</span>
<span lang="en">{escape(account.name_en)}</span>
<span class="soft">{escape(affiliation)}</span>
<span class="soft" lang="en">{escape(account.part_en)}</span>
<span class="soft">{escape(account.mail)}</span>
</button></li>"""


def welcome(accounts: Iterable[DemoAccount]) -> str:
    """Return the page at the provider's root, which says who there is."""
    people = "\n".join(
        f"<li>{escape(one.part_ja)}: {escape(one.name_ja)} ({escape(one.mail)})</li>" for one in accounts
    )
    return page(
        "デモ用の認証サーバー / Demonstration identity provider",
        f"""<h1>デモ用の認証サーバー</h1>
<p>ポータルのログインから、ここに移動します。<br>
<span class="soft" lang="en">A stand-in for UEC's OpenID Connect provider. Begin at the portal.</span></p>
<ul>{people}</ul>""",
    )


def signed_out() -> str:
    """Return the page after a sign-out that names no place to go back to."""
    return page(
        "ログアウトしました / Signed out",
        '<h1>ログアウトしました</h1><p lang="en">You are signed out at the provider.</p>',
    )


def refused(reason: str) -> str:
    """Return the page for a request that may not be answered with a redirect."""
    return page(
        "認証要求の誤り / Bad request",
        f"""<h1>この認証要求には応じられません</h1>
<p lang="en">The provider cannot serve this request: <code>{escape(reason)}</code></p>""",
    )
