"""Pages inside Airflow's UI: a preview is read here, because a message's text is kept in the ledger alone.

Files: ``application.py`` the routes and who may open them, ``telegram_html.py`` a message's HTML made harmless,
``words.py`` what the pages say in Russian, ``templates/`` their HTML and style.
"""
