"""Somebody with a browser of their own, who opens the app from a chart."""

import re
from urllib.parse import urlencode, urlsplit

from app.smart import cookies
from tests.fuzz.hospital import MARK, Hospital
from tests.fuzz.running import Running


class Person:
    """`home` is where the launch is, once there is one."""

    def __init__(self, house: Running, hospital: Hospital) -> None:
        self.house, self.hospital = house, hospital
        self.client = house.app.test_client()
        self.home = ""

    @property
    def key(self) -> str:
        """What the browser's cookie holds."""
        return self.client.get_cookie(cookies.NAME, domain="app.example").value

    @property
    def launch_id(self) -> str:
        return self.home.split("/")[2]

    @property
    def owner(self) -> str:
        """Whose drafts and receipts are kept."""
        smart = self.house.app.extensions["smart"]
        return smart.find_launch(self.launch_id, self.key).owner

    def launch(self) -> None:
        """Open the app from the chart, where it is not open."""
        self.house.network.answer = self.hospital.answer
        if self.home and self.client.get(f"{self.home}receipts/").status_code == 200:
            return
        query = urlencode({"iss": self.hospital.issuer, "launch": f"launch-{MARK}"})
        self.hospital.follow(self.client.get(f"/launch?{query}").location)
        query = urlencode({"code": self.hospital.code, "state": self.hospital.asked["state"]})
        callback = urlsplit(self.hospital.asked["redirect_uri"]).path
        opened = self.client.get(f"{callback}?{query}").location
        self.home = re.match(r"/l/[^/]+/", opened)[0]
