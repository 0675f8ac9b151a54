"""What the outside world shows, asked through one gate. Pure: knows no Django, no Celery, no Redis."""
