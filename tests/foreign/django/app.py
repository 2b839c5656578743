"""An application with a login by a library for Django; what it knows of the issuer stands in a page's settings.

Run as `python app.py allauth|mozilla PORT`, in the folder of the settings.
"""

import importlib
import sys
from pathlib import Path
from wsgiref.simple_server import make_server

sys.path.insert(0, str(Path.cwd()))

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

LIBRARY, PORT = sys.argv[1], int(sys.argv[2])
APPS = {
    "allauth": [
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ],
    "mozilla": ["mozilla_django_oidc"],
}
BACKENDS = {
    "allauth": "allauth.account.auth_backends.AuthenticationBackend",
    "mozilla": "mozilla_django_oidc.auth.OIDCAuthenticationBackend",
}
MORE = {"allauth": ["allauth.account.middleware.AccountMiddleware"], "mozilla": []}


def me(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"email": getattr(request.user, "email", None)})


page = importlib.import_module(f"{LIBRARY}_settings")
settings.configure(
    DEBUG=True,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="a secret of this test alone",
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        *APPS[LIBRARY],
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        *MORE[LIBRARY],
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "app.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    AUTHENTICATION_BACKENDS=[BACKENDS[LIBRARY]],
    LOGIN_REDIRECT_URL="/",
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    ACCOUNT_EMAIL_VERIFICATION="none",
    **{name: getattr(page, name) for name in dir(page) if name.isupper()},
)
django.setup()
urlpatterns = [path("", me)]
if LIBRARY == "allauth":
    urlpatterns.append(path("accounts/", include("allauth.urls")))
else:
    urlpatterns.append(path("oidc/", include("mozilla_django_oidc.urls")))
call_command("migrate", verbosity=0)
make_server("127.0.0.1", PORT, get_wsgi_application()).serve_forever()
