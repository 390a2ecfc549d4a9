// UsherChannels
