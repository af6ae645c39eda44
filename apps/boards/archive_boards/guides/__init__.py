"""What guides have beyond other posts: contents, series, members' word that one still works, the week's most liked."""
