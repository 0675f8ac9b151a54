"""Free texts of the portal hold no address, but names of servers and software pass."""

import pytest

from accounts.plain_text import has_address


@pytest.mark.parametrize(
    "text",
    [
        "https://drive.google.com/file/d/abc",
        "http://host",
        "ＨＴＴＰＳ：／／example.org/key",
        "鍵は ftp://files.example.org にあります",
        "smb://server/share",
        "\\\\server\\share\\key.pem",
        "www.cs.uec.ac.jp/~suzuki/key.pem",
        "www.example.org/key",
        "dropbox.com",
        "共有: drive.google.com",
        "uec.sharepoint.com",
        "see(https://a.b)",
    ],
)
def test_an_address_is_found(text):
    assert has_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nginx 1.24 (https)",
        "nginx/1.24.0",
        "Apache/2.4.57 (Ubuntu) OpenSSL/3.0.2 mod_ssl/2.4",
        "www.cs.uec.ac.jp",
        "web1.cs.uec.ac.jp/web2.cs.uec.ac.jp",
        "www1.cs.uec.ac.jp, www2.cs.uec.ac.jp の 2 台",
        "node.js/18 + ASP.NET/4.8",
        "西2号館3階/2台目",
        "https: 443, http: 80",
        "HTTP/HTTPS",
        "Tomcat 9.0.x/JDK 17",
        "2026/11/25 12:00",
        "dropboxes",
    ],
)
def test_names_and_versions_are_no_address(text):
    assert not has_address(text)
