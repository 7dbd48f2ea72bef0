"""A project with accounts and nothing else."""

SECRET_KEY = "not secret"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"], "APP_DIRS": True}
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_FROM_EMAIL = "noreply@shop.example"
USE_TZ = True

EMAIL_HOST = "smtp.shop.example"
EMAIL_HOST_USER = "shop"
EMAIL_HOST_PASSWORD = "s3cret"
EMAIL_USE_TLS = True
