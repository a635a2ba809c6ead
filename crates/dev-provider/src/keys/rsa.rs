//! The RSA keys.
//!
//! They are constants, because generating an RSA key takes seconds in an unoptimised build. They
//! are **public**: everyone can sign with them, so use them for development and tests only. There
//! are two of them, so that a rotation changes the key and not only its name.
//!
//! Made with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER`.

/// PKCS #8 in base64. For development only.
pub(super) const FIRST: &str = "\
    MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDjaogX/1387xP9/9dPLgJZ0sNknlQZdsVJ8qhVX03U\
    wkLQzoSl9BISDmkaCSghi5n7jioO4b0mcLQjNse/LyafwHvIXOsRVl2rskCJaq1TFEyql7GF3ALQE8+NoUzaIbvGX6as\
    PIjeNp9G54gDT1n+AjZopiPooFHDr1KpEJTwAjGB2XkOFQFl02gXB9lTZ/PuOc/YK0YU6Tgfe3P09cbD2JSPDGGy5Bxj\
    tsFLDnSGEp24ZB5kFU1HkjC0bTpoNxBSATPer0qnjJf7IxjNGEgcCSQgcmU+haC0OnCfZeoT9Y8o8jDgKZnXzquyZ7AI\
    Cgb+AgCp+5S9fYXbc7moHLHbAgMBAAECggEASA4wEtJx2Dt0LS2L7eWZDxbNnCriYLMWLaj6Fxq8UWY/v2M/+kkMFLaG\
    LJ6sHXzbDC5uOwrhYLWjDelEftoUtddKISD3xiWERmuTMTcgtcsfw4mO0Of16DHuuGRcMl0v3tnduILxpt7NtqyTluDk\
    lavjy2KgzAtH/OWnHjRHzId8cw30Z2KVi23L9Et5+nHhSlq4R21HfXBEkR/NT4ZlX81MQ/W8w3U3IEV+WPlbDKinBXhG\
    x3BXbAb3QqfRymqiTdeZMO8F7C2m/EjfPTux4rjokdz6nUkY5ZefGyimnSVEVIySSveDlsn+0ZCBiIMx/ysJnV80PaIK\
    5Rj4OPu7yQKBgQD2TWPGZfjdhV4l226UPNhFdLm1PWtjDN3wt3JMXysiBbeDv6LnVQGjFdPJ47kKkIgbvd3Rd6MNZ6jH\
    f2Y2SuI4dYtS7NBpWFATMNDQts14UQpwg+3R8CKBqujKBm4Dbq7F5hU5HmoU7ySUPFIwvMnLTYsb6QF+EorphshbrvUp\
    1wKBgQDsXsc+rcshf0sditDhTX+e8BmPfRSYuBW1bs/VmNP3DqZ1YeYCzZrv4q7lUwtxZ8SHgBAEtQdKKhMp8ThTBqd4\
    ymzXbtqK0rMkExLCT1YzosUQBA7CTId2lZ9cUke0qyvEyclqtn6gtKsO3690HKDLqATe2xQU6CR/Ufic9bcfnQKBgQCU\
    OlTupJXWMxpK7DkrS0bY3fuZYGJNVQQIh05pOekKa6hayKzwTY9Tp6Iy4TKOchcHowdotXhSa+z+SuSnjf+A/PShLlXq\
    4DQoqHsy8KDNZPBEcJFihAMwSDwawS3aMPVLskFZg71R5e38rCTGogdLq9opLNwyFFS3X98aljuDNwKBgQDOsOJR8O9b\
    z1AD+UtGeNpMRXBUhO/py69QBCJBiW5w76Knqn/Tm68MbZC6f6/V7wNv6ZAYTaSeOcSgPIsgLwVrHremew0nr69usC8L\
    Mw0SAheINcQiK4GZNKUxudFyLuwLHNjAM+zu4o1iaD+orQ/+hmIb7j7VOVoQ68EWn9cOEQKBgQDx/0+LA2ik7YfM+dO9\
    JOHbHN1gNXu5mELi6vmiPHUGz6cCv8w+539Ebpz+zbw/3PXTw0aG0/qTjOcD2cweu/aAD0qIohJqc8h2bK0Ra+PyvJAH\
    QdKsySCz2xXRjU1fWrFNlPJ2+EGhUZUeDxWa8iSTOkPLy7dd7OM7h24vQqqD8Q==\
";

/// PKCS #8 in base64. For development only.
pub(super) const SECOND: &str = "\
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCjIP9HhxBor4pSO23pqOlGGsIE0r7DMahoBaiAGU59\
    drpDV7whzvTSxHAAIUvyEHiIpisod4sKPEfkir2eUEycdhnB686G41OTyLExgTB0mu/yAvPjvarukQQATZuX8JwA/oRI\
    37pkq530RRdTKSJhp50pLaRTNusEoQ4QRoAG/vFArumLsXC8U7RVICLbqeOQ9WumnkD/RVE3ytpdIOTTDKijzJh8IwJ3\
    EeFZlBNNDiC+2hGzWn9Qo5Tj+iRsgGarZW+iR9o8x/unaQP3U7ADmvFLPyPUUn59cBIIx67l3Vt0vyrl5LZm2/sVTiq7\
    6KrFiMh/3sE50pXL7Z4YLCsDAgMBAAECggEAAmCMvR0nSQrN92AGvGWEAvG4UlWic5rzJTRSIEIfVY75C3tT+8i7lv+A\
    TTXQMIX4lqXtZhNcej2To7u0b+8HXeIrqJ9iFSqkGz1yzVtEDWgiJhES/EjaHKZaAO1GhKKwUc8E3JXi7iV6APtPgZxz\
    RJuEvRdg79iu+NbCk2POk552H54juXU8QGqR5OEpFa9Qk+V+OohXYQ4Sz7Lh63jFvGJNN4lwJIKKeMZsgsa6gGzpzvH4\
    E522y4BEfRWS7M/6i1157QWRHrb+mUCEnHMWvoP5zA/+YJ1vbN7aY+63+OVkc8bSAxjwvE1YxXFJsWxYD4cysdz/Zksf\
    Fpmp/6rBJQKBgQDURsBcT98gjHto6aRrKET78dRn+wLpIXcfPjQLxVO8LOSWvVrwhpUONgPDNXwo8/yVlR5BOiqEu7Jz\
    y/FPG7PBN6HFivSsXnQ2cSZvmQygHMgo0JQs9VLnjkSAPOI8qvcTf/Zx2HGdCl9CsOIqfHoGXwt3c29vF2tiqkXAHchs\
    /QKBgQDEurgHhXBfECrpg1DbmPAhSqv9EPamg7iT9NsmV2vHQe17canPi+Au52DNKKQODr67BPrld+DgRPbuFqcS+Xpm\
    onIK02EUhqqgWPZN4LfpfeY2ga74tqGoytQQKy0qz8W3zhnMJDPbf8JmitFUgp2JZ84dreNTBPX2Un5kE7Z3/wKBgHGl\
    Byrkn+H/E7rRCvNLddMkXsDkQ2SoQ+v4E0kR9YhSyHZjHaKTio03IcCKi9Qo+1rhoHbvOwAgtKMF1kSx4gRZUkQ95ku5\
    raHP5fHtEDNP9WDUed+v3xiUs9urvLsaFHjeEwRUCk821FUR+aMhTPrIO41RwaDJ+vWxjvIRf9HJAoGBALElRTMYmDAx\
    ucJdiYDD/W6s86PEE6WrNJieQnwK+jUJi5O9rOADnxH9LTBv6RHzexGikV3xjV/FGekYIse2N96VZkWTQ3adMKWElf1Y\
    XaL1yEfKjMjOg1EfmscYaeqD/xDcmGQ3MS70oxN86rPDjaG+BF67RthpviVY8RCio4r3AoGAGZInWMKWGaBSZek47AQ+\
    hmDxNsehx91u2NWtFDJbQsCTTdkGA6tJbjd1DhTwGzxP6WWgEZi23W9zWUPNWf03eviS6fijkGDdx3x26Q182fV0mBaI\
    lqicdmkFpE98Y5nCSBjmRojxpPfQtPxCBtgC5Qt3ub1/Vj65rlLrb7Xflvg=\
";
