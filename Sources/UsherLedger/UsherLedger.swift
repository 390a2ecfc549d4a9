// UsherLedger
